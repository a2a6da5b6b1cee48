//! What is told to those who listen to the window: the tree of names and values that a screen reader is given.
//!
//! It is put into the words of the vocabulary in one place, when a frame is done. Where nobody listens there is no tree, and
//! this costs nothing.

use eframe::egui::{Context, FullOutput, Id, OutputCommand, Plugin, Response, Role, WidgetInfo};

use super::{reading_order, words};

/// Puts names and values of the tree into the words of the vocabulary.
struct Listener;

impl Plugin for Listener {
    fn debug_name(&self) -> &'static str {
        "words of the tree"
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        for command in &mut output.platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                *text = words::plain(text).into_owned();
            }
        }
        let Some(tree) = &mut output.platform_output.accesskit_update else { return };
        reading_order::turn_told(tree);
        for (_, node) in &mut tree.nodes {
            if node.role() == Role::ScrollView && node.label().is_none() {
                node.set_label("Scrolls");
            }
            // What a person has typed is theirs, and pieces of a text are counted by their letters.
            let is_typed = matches!(node.role(), Role::TextInput | Role::MultilineTextInput | Role::TextRun);
            if let Some(name) = node.label().and_then(told) {
                node.set_label(name);
            }
            if is_typed {
                continue;
            }
            if let Some(value) = node.value().and_then(told) {
                node.set_value(value);
            }
        }
    }
}

/// A text in the words of the vocabulary, if that changes it.
fn told(text: &str) -> Option<String> {
    let said = words::say(text);
    let plain = words::plain(&said);
    (plain != text).then(|| plain.into_owned())
}

/// Seconds for which a summary stands: one that changed with every frame could not be listened to.
const STANDS: f64 = 1.0;

/// A picture for those who do not see it: its name, and what it shows. Every plot, map and drawing of a pane is told as one.
pub struct Picture<'a> {
    name: String,
    summary: &'a dyn Fn() -> String,
}

impl<'a> Picture<'a> {
    /// What `summary` says is asked for once a second at most, and never where nobody listens.
    pub fn new(name: impl Into<String>, summary: &'a dyn Fn() -> String) -> Self {
        Self { name: name.into(), summary }
    }

    /// Lets what was drawn into this room be known as the picture.
    pub fn tell(&self, response: &Response) {
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &self.name));
        tell(response, self.summary);
    }
}

/// Tells those who listen what a picture shows, besides its name.
fn tell(response: &Response, summary: impl FnOnce() -> String) {
    let ctx = &response.ctx;
    if !ctx.has_accesskit_node(response.id) {
        return;
    }
    let (now, key) = (ctx.input(|input| input.time), Id::unique("summary of a picture").with(response.id));
    let known = ctx.data(|data| data.get_temp::<(f64, String)>(key)).filter(|(made, _)| now - made < STANDS);
    let text = known.map_or_else(
        || {
            let text = summary();
            ctx.data_mut(|data| data.insert_temp(key, (now, text.clone())));
            text
        },
        |(_, text)| text,
    );
    ctx.accesskit_node_builder(response.id, |node| node.set_value(text));
}

/// Lets those who listen to this window hear the words of the vocabulary.
pub fn install(ctx: &Context) {
    ctx.add_plugin(Listener);
}
