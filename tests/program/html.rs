//! A page as an independent parser of HTML reads it, which knows the standard's errors.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tokenizer::TokenizerOpts;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, parse_document};

/// What was read.
#[derive(Default)]
pub(crate) struct Page {
    /// Errors by the standard.
    pub errors: Vec<String>,
    /// Names of the elements in their order, with their attributes.
    pub elements: Vec<(String, Vec<(String, String)>)>,
}

impl Page {
    /// Values of an attribute, in the order of their elements.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let attributes = self.elements.iter().flat_map(|(_, attributes)| attributes);
        attributes.filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// Reads a page.
pub(crate) fn read(text: &str) -> Page {
    let options = ParseOpts {
        tokenizer: TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() },
        tree_builder: TreeBuilderOpts { exact_errors: true, ..TreeBuilderOpts::default() },
    };
    parse_document(Sink::default(), options).one(text)
}

/// Notes elements and errors; no tree is needed.
#[derive(Default)]
struct Sink {
    /// Handle 0 is the document; an element's is its place here and 1.
    names: RefCell<Vec<&'static QualName>>,
    others: Cell<usize>,
    page: RefCell<Page>,
}

impl Sink {
    /// Handle of what is no element.
    fn other(&self) -> usize {
        self.others.set(self.others.get() + 1);
        usize::MAX - self.others.get()
    }
}

impl TreeSink for Sink {
    type Handle = usize;
    type Output = Page;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Page {
        self.page.into_inner()
    }

    fn parse_error(&self, message: Cow<'static, str>) {
        self.page.borrow_mut().errors.push(message.into_owned());
    }

    fn get_document(&self) -> usize {
        0
    }

    fn elem_name<'a>(&'a self, target: &'a usize) -> ExpandedName<'a> {
        self.names.borrow()[target - 1].expanded()
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> usize {
        let attributes = attributes.iter().map(|one| (one.name.local.to_string(), one.value.to_string())).collect();
        self.page.borrow_mut().elements.push((name.local.to_string(), attributes));
        // The parser borrows names while it adds others; a test's page has a few thousand.
        self.names.borrow_mut().push(Box::leak(Box::new(name)));
        self.names.borrow().len()
    }

    fn create_comment(&self, _: StrTendril) -> usize {
        self.other()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.other()
    }

    fn append(&self, _: &usize, _: NodeOrText<usize>) {}
    fn append_based_on_parent_node(&self, _: &usize, _: &usize, _: NodeOrText<usize>) {}
    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
    fn append_before_sibling(&self, _: &usize, _: NodeOrText<usize>) {}
    fn add_attrs_if_missing(&self, _: &usize, _: Vec<Attribute>) {}
    fn remove_from_parent(&self, _: &usize) {}
    fn reparent_children(&self, _: &usize, _: &usize) {}

    fn get_template_contents(&self, target: &usize) -> usize {
        *target
    }

    fn same_node(&self, a: &usize, b: &usize) -> bool {
        a == b
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        if mode != QuirksMode::NoQuirks {
            self.page.borrow_mut().errors.push("no doctype of today".to_owned());
        }
    }
}

#[test]
fn a_broken_page_has_errors() {
    let whole = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>x</title></head><body><p id=\"a\">x</p></body></html>";
    let page = read(whole);
    assert_eq!(page.errors, Vec::<String>::new());
    assert_eq!(page.values("id"), ["a"]);
    let breaks = [
        ("<!DOCTYPE html>\n", ""),
        ("</p>", "</p></div>"),
        ("</p>", "</p><div>"),
        ("</p>", "<b>x</p>"),
        ("id=\"a\"", "id=\"a\" id=\"b\""),
        ("<p id", "<td><p id"),
        ("<title>", "<meta charset=utf-8 / x><title"),
        (">x</p>", ">x &foo; </p>"),
    ];
    for (from, to) in breaks {
        assert!(!read(&whole.replacen(from, to, 1)).errors.is_empty(), "{to:?} in place of {from:?}");
    }
}
