//! Asking for a path: the desktop's own dialog, or a field of the window where no desktop answers.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use eframe::egui::{Align, Align2, Context, Layout, RichText, TextEdit, vec2};

use crate::app::look::dialog::Dialog;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::ExportForm;
use crate::app::orders::Purpose;
use crate::experiment::expand_home;
use crate::training::caught;

/// An answer of 'nothing' that comes sooner than a person can press a button means that there is no dialog.
const NOBODY: Duration = Duration::from_millis(250);

/// Longest that a frame waits for what is at a path, so that a disk of this machine answers within it.
const SHORTLY: Duration = Duration::from_millis(8);

/// Width of the built-in field.
const WIDTH: f32 = 520.0;

/// The question that is open, if any.
#[derive(Default)]
pub struct Dialogs {
    asked: Option<Asked>,
    field: Option<Field>,
}

/// A desktop's dialog on its way.
struct Asked {
    purpose: Purpose,
    suggestion: PathBuf,
    at: Instant,
    /// Whether another window has been in front of this one since: that of the dialog.
    lost_focus: bool,
    answer: Receiver<Option<PathBuf>>,
}

/// The window's own field.
struct Field {
    purpose: Purpose,
    text: String,
    problem: Option<String>,
    /// A file of that name is there, and a second press writes over it.
    confirms: bool,
    is_new: bool,
    /// What is at the path is looked for: a disk elsewhere may take seconds to say.
    looking: Option<(PathBuf, Receiver<There>)>,
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum There {
    Nothing,
    File,
    Folder,
}

impl There {
    fn at(path: &Path) -> Self {
        match std::fs::metadata(path) {
            Ok(about) if about.is_dir() => Self::Folder,
            Ok(_) => Self::File,
            Err(_) => Self::Nothing,
        }
    }
}

impl Dialogs {
    /// Asks for a path; a question that is open is given up for it.
    pub fn ask(&mut self, ctx: &Context, purpose: Purpose, suggestion: PathBuf) {
        self.field = None;
        let (sender, answer) = bounded(1);
        let (proposed, repaint) = (suggestion.clone(), ctx.clone());
        // The desktop's dialog blocks until it is answered.
        let asking = std::thread::Builder::new().name("file dialog".into()).spawn(move || {
            // The window may have given the question up.
            let _ = sender.send(caught(|| native(purpose, &proposed)).unwrap_or(None));
            repaint.request_repaint();
        });
        match asking {
            Ok(_) => self.asked = Some(Asked { purpose, suggestion, at: Instant::now(), lost_focus: false, answer }),
            Err(_) => self.field = Some(Field::new(purpose, suggestion)),
        }
    }

    /// Asks again after a path could not be used.
    pub fn ask_again(&mut self, purpose: Purpose, path: PathBuf, problem: String) {
        self.field = Some(Field { problem: Some(problem), ..Field::new(purpose, path) });
    }

    /// Draws the field, if it is open; returns a path once there is one.
    pub fn ui(&mut self, ctx: &Context) -> Option<(Purpose, PathBuf)> {
        if let Some(asked) = &mut self.asked {
            asked.lost_focus |= !ctx.input(|input| input.focused);
        }
        if let Some(answer) = self.asked.as_ref().and_then(|asked| asked.answer.try_recv().ok()) {
            let asked = self.asked.take()?;
            match answer {
                Some(path) => return Some((asked.purpose, path)),
                // A machine that is busy takes long to find that no desktop answers.
                None if asked.at.elapsed() < NOBODY || !asked.lost_focus => {
                    self.field = Some(Field::new(asked.purpose, asked.suggestion))
                }
                None => {}
            }
        }
        let mut field = self.field.take()?;
        match field.ui(ctx) {
            Answer::Waiting => self.field = Some(field),
            Answer::GivenUp => {}
            Answer::Path(path) => return Some((field.purpose, path)),
        }
        None
    }
}

enum Answer {
    Waiting,
    GivenUp,
    Path(PathBuf),
}

impl Field {
    fn new(purpose: Purpose, suggestion: PathBuf) -> Self {
        let text = suggestion.display().to_string();
        Self { purpose, text, problem: None, confirms: false, is_new: true, looking: None }
    }

    fn ui(&mut self, ctx: &Context) -> Answer {
        let mut answer = Answer::Waiting;
        let mut takes = false;
        let purpose = self.purpose;
        let modal = Dialog::Path.show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading(purpose.title());
            ui.add_space(4.0);
            ui.label(RichText::new(words::say(purpose.explanation())).weak());
            ui.add_space(4.0);
            let edit = TextEdit::singleline(&mut self.text).desired_width(WIDTH).align(Align2::LEFT_CENTER);
            let edit = ui.add_sized(vec2(WIDTH, 26.0), edit);
            if self.is_new {
                edit.request_focus();
                self.is_new = false;
            }
            if edit.changed() {
                self.problem = None;
                self.confirms = false;
                self.looking = None;
            }
            edit.accessible_name("Path");
            let warning = Palette::of(ctx.theme()).warning;
            // Keeps its line while there is nothing to say, so that the buttons stay where they are.
            match self.looking {
                Some(_) => ui.label(RichText::new("Looking for it…").weak()),
                None => ui.label(RichText::new(self.problem.as_deref().unwrap_or(" ")).color(warning)),
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let verb = if self.confirms { "Write over it" } else { purpose.verb() };
                takes = ui.button(verb).clicked();
                if ui.button("Cancel").clicked() {
                    answer = Answer::GivenUp;
                }
            });
        });
        if takes || modal.confirmed {
            self.look(ctx);
        }
        if let Some(found) = self.found() {
            answer = found;
        }
        if modal.cancelled && matches!(answer, Answer::Waiting) { Answer::GivenUp } else { answer }
    }

    /// Begins to look for what is at the path.
    fn look(&mut self, ctx: &Context) {
        let path = expand_home(Path::new(self.text.trim()));
        if path.as_os_str().is_empty() {
            self.problem = Some("A path is needed.".into());
            self.is_new = true;
            return;
        }
        let (sender, answer) = bounded(1);
        let (asked, tell, repaint) = (path.clone(), sender.clone(), ctx.clone());
        let looks = std::thread::Builder::new().name("file dialog".into()).spawn(move || {
            // The person may have gone on.
            let _ = tell.send(There::at(&asked));
            repaint.request_repaint();
        });
        if looks.is_err() {
            // A machine without another thread looks here; there is room for the one answer.
            let _ = sender.send(There::at(&path));
        }
        self.looking = Some((path, answer));
    }

    /// What follows from what is at the path, once that is known.
    fn found(&mut self) -> Option<Answer> {
        let (_, answer) = self.looking.as_ref()?;
        let there = answer.recv_timeout(SHORTLY).ok()?;
        let (path, _) = self.looking.take()?;
        Some(self.judge(path, there))
    }

    fn judge(&mut self, path: PathBuf, there: There) -> Answer {
        let text = self.text.trim();
        let writes = !self.purpose.is_folder() && self.purpose != Purpose::Open;
        self.problem = if self.purpose == Purpose::Open && there == There::Nothing {
            Some(format!("There is no '{text}'."))
        } else if writes && there == There::Folder {
            Some(format!("'{text}' is a folder."))
        } else if writes && there == There::File && !self.confirms {
            self.confirms = true;
            Some(format!("'{text}' is there already."))
        } else {
            return Answer::Path(path);
        };
        self.is_new = true;
        Answer::Waiting
    }
}

/// The desktop's dialog; `None` if it was cancelled or there is none.
fn native(purpose: Purpose, suggestion: &Path) -> Option<PathBuf> {
    let mut dialog = rfd::FileDialog::new().set_title(purpose.title());
    if let Some(folder) = suggestion.parent().filter(|folder| folder.is_dir()) {
        dialog = dialog.set_directory(std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf()));
    }
    if let Some(name) = suggestion.file_name() {
        dialog = dialog.set_file_name(name.to_string_lossy());
    }
    match purpose {
        Purpose::Open => dialog
            .add_filter(
                "Experiments, runs, snapshots and reproductions",
                &["toml", "npz", "csv", "json", "html", "txt"],
            )
            .pick_file(),
        Purpose::SaveSnapshot => dialog.add_filter("NumPy archive", &["npz"]).save_file(),
        Purpose::SaveCells => dialog.add_filter("CSV", &["csv"]).add_filter("Parquet", &["parquet"]).save_file(),
        Purpose::Export(_, ExportForm::Png) => dialog.add_filter("PNG", &["png"]).save_file(),
        Purpose::Animation(_, form) => dialog.add_filter(form.name(), &[form.extension()]).save_file(),
        Purpose::Export(_, ExportForm::Pdf) => dialog.add_filter("PDF", &["pdf"]).save_file(),
        Purpose::Export(_, ExportForm::Svg) => dialog.add_filter("SVG", &["svg"]).save_file(),
        Purpose::Export(..) => dialog.add_filter("CSV", &["csv"]).save_file(),
        // Desktops pick folders that exist; the run gets one of its own below.
        Purpose::SaveSession => dialog.pick_folder().map(|folder| match suggestion.file_name() {
            Some(name) => folder.join(name),
            None => folder,
        }),
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::RawInput;

    use super::*;
    use crate::app::orders::pane_kind::PaneKind;

    /// Looks at what is at the path until it is known.
    fn check(field: &mut Field) -> Answer {
        field.look(&Context::default());
        while field.looking.is_some() {
            if let Some(answer) = field.found() {
                return answer;
            }
        }
        Answer::Waiting
    }

    fn checked(purpose: Purpose, text: &str) -> (Answer, Option<String>) {
        let mut field = Field::new(purpose, PathBuf::from(text));
        (check(&mut field), field.problem)
    }

    #[test]
    fn a_disk_that_does_not_answer_holds_nobody() {
        let mut field = Field::new(Purpose::Open, PathBuf::from("/far/away.toml"));
        let (sender, answer) = bounded(1);
        field.looking = Some((PathBuf::from("/far/away.toml"), answer));
        let ctx = Context::default();
        let frame = |field: &mut Field| {
            let mut answer = Answer::GivenUp;
            let mut output = ctx.run_ui(RawInput::default(), |ui| answer = field.ui(ui.ctx()));
            output.textures_delta.clear();
            answer
        };
        for _ in 0..3 {
            let answer = frame(&mut field);
            assert!(matches!(answer, Answer::Waiting) && field.looking.is_some());
        }
        sender.send(There::File).expect("it is waited for");
        assert!(matches!(frame(&mut field), Answer::Path(path) if path == Path::new("/far/away.toml")));
    }

    #[test]
    fn a_path_that_cannot_be_used_is_explained() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("a.csv");
        std::fs::write(&there, "x").expect("written");
        let export = Purpose::Export(PaneKind::Loss, ExportForm::Csv);
        for (purpose, text, words) in [
            (Purpose::Open, "no/such/file.toml".to_owned(), "There is no"),
            (export, String::new(), "A path is needed"),
            (export, folder.path().display().to_string(), "is a folder"),
            (export, there.display().to_string(), "is there already"),
        ] {
            let (answer, problem) = checked(purpose, &text);
            assert!(matches!(answer, Answer::Waiting), "{text}");
            assert!(problem.as_deref().is_some_and(|p| p.contains(words)), "{text}: {problem:?}");
        }
        let (answer, _) = checked(export, &folder.path().join("b.csv").display().to_string());
        assert!(matches!(answer, Answer::Path(_)));
    }

    /// Whether the window asks by itself after a second in which no path came, and the window had the focus in these frames.
    fn asks_itself(focus: &[bool]) -> bool {
        let (ctx, (sender, answer)) = (Context::default(), bounded(1));
        let at = Instant::now().checked_sub(4 * NOBODY).expect("the machine has run for a second");
        let asked = Asked { purpose: Purpose::Open, suggestion: PathBuf::new(), at, lost_focus: false, answer };
        let mut dialogs = Dialogs { asked: Some(asked), field: None };
        let mut frame = |focused: bool| {
            let input = RawInput { focused, ..RawInput::default() };
            let mut output = ctx.run_ui(input, |ui| drop(dialogs.ui(ui.ctx())));
            // Nobody uploads them here.
            output.textures_delta.clear();
            dialogs.field.is_some()
        };
        for focused in focus {
            assert!(!frame(*focused), "there is no answer yet");
        }
        sender.send(None).expect("it is waited for");
        frame(true)
    }

    #[test]
    fn a_slow_machine_without_a_desktop_is_asked_and_a_cancelled_dialog_is_not() {
        assert!(asks_itself(&[true, true]));
        assert!(!asks_itself(&[true, false, true]));
    }

    #[test]
    fn a_second_press_writes_over_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("a.png");
        std::fs::write(&there, "x").expect("written");
        let mut field = Field::new(Purpose::Export(PaneKind::Loss, ExportForm::Png), there.clone());
        assert!(matches!(check(&mut field), Answer::Waiting));
        assert!(matches!(check(&mut field), Answer::Path(path) if path == there));
    }
}
