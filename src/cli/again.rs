//! The command that was given, as it would be given again: with every option, and quoted for a shell.

use std::path::Path;

use clap::ValueEnum;
use hebbscope::share::{path_word, shell_line};

use super::keeper::CheckpointEvery;
use super::{Backend, Format, TrainArgs};

/// Words of a command, to which options are added.
pub(super) struct Words(Vec<String>);

impl Words {
    /// `hebbscope` with these words.
    pub(super) fn of(words: &[&str]) -> Self {
        Self(std::iter::once("hebbscope").chain(words.iter().copied()).map(str::to_owned).collect())
    }

    /// A word, such as a flag.
    pub(super) fn word(mut self, word: impl Into<String>) -> Self {
        self.0.push(word.into());
        self
    }

    /// A path.
    pub(super) fn path(self, path: &Path) -> Self {
        self.word(path_word(path))
    }

    /// An option with its value, where it was given.
    pub(super) fn option<T: ToString>(self, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.word(name).word(value.to_string()),
            None => self,
        }
    }

    /// An option that may be given several times.
    pub(super) fn each(self, name: &str, values: &[String]) -> Self {
        values.iter().fold(self, |words, value| words.option(name, Some(value)))
    }

    /// The executor and the form of the tables, where they are not the usual ones.
    pub(super) fn usual(self, backend: Backend, format: Format) -> Self {
        let backend = Some(backend).filter(|backend| *backend != Backend::Auto).and_then(|one| one.to_possible_value());
        let format = Some(format).filter(|format| *format != Format::Csv).and_then(|one| one.to_possible_value());
        let words = self.option("--backend", backend.map(|value| value.get_name().to_owned()));
        words.option("--format", format.map(|value| value.get_name().to_owned()))
    }

    /// The line to type.
    pub(super) fn line(&self) -> String {
        shell_line(&self.0)
    }
}

/// The command that trains a run once more, into a folder of its own.
pub(super) fn train(args: &TrainArgs) -> String {
    training(args).line()
}

/// The command that goes on with a run in its folder.
pub(super) fn resume(args: &TrainArgs, folder: &Path) -> String {
    training(args).option("--out", Some(path_word(folder))).word("--resume").line()
}

fn training(args: &TrainArgs) -> Words {
    let every = Some(args.checkpoint_every).filter(|every| *every != CheckpointEvery::default());
    let words = Words::of(&["train"])
        .word(&args.experiment)
        .each("--set", &args.set)
        .option("--seeds", args.seeds)
        .option("--interventions", args.interventions.as_deref().map(path_word))
        .each("--intervene", &args.intervene);
    let words = if args.no_interventions { words.word("--no-interventions") } else { words };
    words.option("--checkpoint-every", every).option("--threads", args.threads).usual(args.backend, args.format)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Cli, Command};
    use super::*;

    #[test]
    fn a_run_is_given_again_with_all_its_options() {
        let words = "hebbscope train my.toml --set rule.kind=adam --set model.hidden=[3,4] --seeds 3 --interventions a'b \
                     --intervene 5:rule.clip=1 --checkpoint-every 500 --threads 2 --backend cpu --format parquet";
        let with_out = words.split_whitespace().chain(["--out", "x", "--force"]);
        let Some(Command::Train(args)) = Cli::parse_from(with_out).command else { panic!("train is meant") };
        let expected = words.replace("model.hidden=[3,4]", "'model.hidden=[3,4]'").replace("a'b", "'a'\\''b'");
        assert_eq!(
            train(&args).split_whitespace().collect::<Vec<_>>(),
            expected.split_whitespace().collect::<Vec<_>>()
        );
    }
}
