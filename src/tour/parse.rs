//! From a tour's text to its stages.

use std::path::Path;

use super::condition::{Condition, Wait, parse_condition, parse_wait};
use super::directive::{ACTIONS, Action, parse_actions};
use super::error::TourError;
use super::experiment::Setting;
use super::text::{Block, Span, list_item, spans};
use crate::experiment::Experiment;
use crate::input_file;

/// A tour.
#[derive(Clone, Debug, PartialEq)]
pub struct Tour {
    /// Name of the tour or path of its file, as errors give it.
    pub file: String,
    /// Title.
    pub title: String,
    /// One line on what it shows.
    pub shows: String,
    /// Section, equations and figures of the paper.
    pub paper: String,
    /// Minutes that it takes in a class.
    pub minutes: u32,
    /// Its stages, at least one.
    pub stages: Vec<Stage>,
}

/// Text, and what is done when it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// The text.
    pub blocks: Vec<Block>,
    /// Orders, in their order.
    pub actions: Vec<Action>,
}

/// A prediction that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The question.
    pub text: Vec<Span>,
    /// Possible answers, exactly one of them right.
    pub choices: Vec<Choice>,
    line: usize,
}

/// A possible answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The answer.
    pub text: Vec<Span>,
    /// Whether it is right.
    pub right: bool,
    /// What is said to somebody who chose it; may be empty.
    pub reply: Vec<Span>,
}

impl Question {
    /// Place of the right answer.
    #[must_use]
    pub fn right(&self) -> usize {
        // The parser refuses questions without a right answer, so the default is never taken.
        self.choices.iter().position(|choice| choice.right).unwrap_or_default()
    }
}

/// A stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Heading.
    pub title: String,
    /// What comes at once.
    pub opening: Part,
    /// The question, if there is one.
    pub question: Option<Question>,
    /// What comes after the question is answered.
    pub revealed: Part,
    /// What the stage waits for, one after the other.
    pub waits: Vec<Wait>,
    /// What it claims, with the lines.
    pub claims: Vec<(Condition, usize)>,
    /// Line of its heading.
    pub line: usize,
    /// The preset loaded last and the experiment as the tour has set it by the end of the stage.
    pub(super) setup: Option<(String, Experiment)>,
}

impl Tour {
    /// Reads and checks a tour. `file` is what errors call it.
    ///
    /// # Errors
    /// Names file, line, what is wrong and what is allowed.
    pub fn parse(file: &str, text: &str) -> Result<Self, TourError> {
        let wrong = |(line, message)| TourError::Line { file: file.to_owned(), line, message };
        parse(file, text).map_err(wrong)
    }

    /// Reads a tour's file.
    ///
    /// # Errors
    /// As [`Self::parse`], or when the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, TourError> {
        let text = input_file::read_text(path, input_file::TOUR)
            .map_err(|source| TourError::Read { path: path.to_path_buf(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }
}

/// Line and message.
type Wrong = (usize, String);

fn parse(file: &str, text: &str) -> Result<Tour, Wrong> {
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_end()));
    let [title, shows, paper, minutes] = front_matter(&mut lines)?;
    let (minutes_line, minutes) = minutes;
    let minutes = minutes.parse::<u32>().ok().filter(|m| (1..=600).contains(m)).ok_or_else(|| {
        (minutes_line, format!("minutes: {minutes}: must be a whole number of minutes from 1 to 600"))
    })?;
    let mut reader = Reader::default();
    for (number, line) in lines {
        reader.line(number, line).map_err(|message| match message {
            Fault::Here(message) => (number, message),
            Fault::At(line, message) => (line, message),
        })?;
    }
    reader.end_stage()?;
    if reader.stages.is_empty() {
        return Err((1, "the tour has no stage; a stage begins with a line '## Title'".into()));
    }
    let [title, shows, paper] = [title, shows, paper].map(|(_, value)| value);
    Ok(Tour { file: file.to_owned(), title, shows, paper, minutes, stages: reader.stages })
}

const KEYS: [&str; 4] = ["title", "shows", "paper", "minutes"];

/// Lines and values of [`KEYS`].
fn front_matter<'a>(lines: &mut impl Iterator<Item = (usize, &'a str)>) -> Result<[(usize, String); 4], Wrong> {
    let keys = KEYS.join(", ");
    if lines.next().is_none_or(|(_, line)| line != "---") {
        return Err((1, format!("a tour begins with '---', then the lines {keys} as 'key: value', then '---'")));
    }
    let mut values: [(usize, String); 4] = Default::default();
    for (number, line) in lines {
        if line == "---" {
            if let Some(at) = values.iter().position(|(_, value)| value.is_empty()) {
                return Err((number, format!("'{}:' is missing; needed are {keys}", KEYS[at])));
            }
            return Ok(values);
        }
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let place = KEYS.iter().position(|known| *known == key.trim());
        let place = place.ok_or_else(|| (number, format!("unknown key '{}'; allowed are {keys}", key.trim())))?;
        if value.trim().is_empty() {
            return Err((number, format!("'{}:' has no value", KEYS[place])));
        }
        values[place] = (number, value.trim().to_owned());
    }
    Err((1, "the lines between '---' and '---' do not end".into()))
}

/// A message about the present line, or about another one.
enum Fault {
    Here(String),
    At(usize, String),
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::Here(message)
    }
}

impl From<Wrong> for Fault {
    fn from((line, message): Wrong) -> Self {
        Self::At(line, message)
    }
}

/// Text whose end has not been seen.
enum Open {
    Paragraph,
    Item(Option<u32>),
    Choice(bool),
}

#[derive(Default)]
struct Reader {
    stages: Vec<Stage>,
    stage: Option<Stage>,
    setting: Setting,
    preset: String,
    open: Option<(usize, Open, String)>,
    /// Whether list items are answers to the question.
    asking: bool,
    revealing: bool,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Fault> {
        let text = line.trim_start();
        if text.is_empty() {
            return Ok(self.close()?);
        }
        if let Some(title) = line.strip_prefix("## ") {
            self.end_stage()?;
            self.begin_stage(number, title.trim());
            return Ok(());
        }
        if self.stage.is_none() {
            return Err(format!("'{text}' stands before the first stage; a stage begins with '## Title'").into());
        }
        if let Some(directive) = text.strip_prefix("::") {
            self.close()?;
            let (word, rest) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
            return Ok(self.directive(number, word, rest.trim())?);
        }
        if line.starts_with('#') {
            return Err("headings are '## Title', which begins a stage; there are no others".to_owned().into());
        }
        if let Some((kind, text)) = list_item(text) {
            self.close()?;
            let (open, text) = if self.asking { choice(text) } else { (Open::Item(kind), text) };
            self.open = Some((number, open, text.to_owned()));
        } else if let Some((_, _, so_far)) = &mut self.open {
            so_far.push(' ');
            so_far.push_str(text);
        } else {
            self.asking = false;
            self.open = Some((number, Open::Paragraph, text.to_owned()));
        }
        Ok(())
    }

    fn begin_stage(&mut self, line: usize, title: &str) {
        (self.asking, self.revealing) = (false, false);
        self.stage = Some(Stage {
            title: title.to_owned(),
            opening: Part::default(),
            question: None,
            revealed: Part::default(),
            waits: Vec::new(),
            claims: Vec::new(),
            line,
            setup: None,
        });
    }

    fn end_stage(&mut self) -> Result<(), Wrong> {
        self.close()?;
        let Some(mut stage) = self.stage.take() else { return Ok(()) };
        if stage.opening.blocks.is_empty() {
            return Err((stage.line, format!("stage '{}' has no text", stage.title)));
        }
        if let Some(question) = &stage.question {
            let right = question.choices.iter().filter(|choice| choice.right).count();
            if !(2..=9).contains(&question.choices.len()) || right != 1 {
                let message = "::ask needs 2 to 9 answers in lines '- answer' right below it, exactly one of them \
                               marked '- [x] answer'";
                return Err((question.line, message.into()));
            }
        }
        stage.setup = self.setting.experiment().ok().map(|experiment| (self.preset.clone(), experiment.clone()));
        self.stages.push(stage);
        Ok(())
    }

    /// Takes the open text into the stage.
    fn close(&mut self) -> Result<(), Wrong> {
        let (Some((line, open, text)), Some(stage)) = (self.open.take(), &mut self.stage) else { return Ok(()) };
        let read = |text: &str| spans(text.trim()).map_err(|message| (line, message));
        let part = if self.revealing { &mut stage.revealed } else { &mut stage.opening };
        match open {
            Open::Paragraph => part.blocks.push(Block::Paragraph(read(&text)?)),
            Open::Item(number) => part.blocks.push(Block::Item { number, text: read(&text)? }),
            Open::Choice(right) => {
                let (text, reply) = text.split_once(" :: ").unwrap_or((&text, ""));
                let choice = Choice { text: read(text)?, right, reply: read(reply)? };
                // Answers are only read below a question.
                stage.question.iter_mut().for_each(|question| question.choices.push(choice.clone()));
            }
        }
        Ok(())
    }

    fn directive(&mut self, line: usize, word: &str, rest: &str) -> Result<(), String> {
        let Some(stage) = &mut self.stage else { return Ok(()) };
        self.asking = false;
        match word {
            "ask" => {
                if stage.question.is_some() || rest.is_empty() {
                    return Err("expected one '::ask Question?' a stage".into());
                }
                if stage.opening.blocks.is_empty() {
                    return Err("text comes before ::ask".into());
                }
                stage.question = Some(Question { text: spans(rest)?, choices: Vec::new(), line });
                self.asking = true;
            }
            "reveal" => {
                if stage.question.is_none() || self.revealing || !rest.is_empty() {
                    return Err("expected one '::reveal' a stage, below its ::ask and with nothing behind it".into());
                }
                self.revealing = true;
            }
            "wait" => {
                let wait = parse_wait(rest, line, &self.setting)?;
                if let Some((path, value)) = wait.by_hand() {
                    let now = super::experiment::number_of(self.setting.experiment()?, path);
                    if !now.is_some_and(|now| wait.condition.relation.holds(now)) {
                        self.setting.assign(path, value)?;
                    }
                }
                stage.waits.push(wait);
            }
            "expect" => stage.claims.push((parse_condition(rest, &self.setting)?, line)),
            action if ACTIONS.contains(&action) => {
                let actions = parse_actions(action, rest, &mut self.setting)?;
                if let [Action::LoadExperiment { preset, .. }] = &actions[..] {
                    self.preset.clone_from(preset);
                }
                let part = if self.revealing { &mut stage.revealed } else { &mut stage.opening };
                part.actions.extend(actions);
            }
            _ => {
                let all = ACTIONS.join(", ::");
                return Err(format!(
                    "unknown directive '::{word}'; there are ::{all}, ::wait, ::ask, ::reveal, ::expect"
                ));
            }
        }
        Ok(())
    }
}

/// The mark and the text of an answer.
fn choice(text: &str) -> (Open, &str) {
    let marked = text.strip_prefix("[x] ").map(|text| (Open::Choice(true), text));
    marked.unwrap_or_else(|| (Open::Choice(false), text.strip_prefix("[ ] ").unwrap_or(text)))
}
