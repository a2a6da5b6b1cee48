//! The command line: arguments, subcommands, and what they print.

mod again;
mod collapsed;
mod data;
mod devices;
pub(crate) mod exit;
mod headless;
mod interrupt;
mod keeper;
mod presets;
pub(crate) mod print;
mod progress;
mod replay;
mod reproduce;
mod resume;
mod rules;
mod sweep;
mod train;
mod verify;

use std::path::Path;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use hebbscope::app::{self, Ending, Hidden, PaneKind, RendererChoice, WindowError, WindowOptions};
use hebbscope::experiment::fields::{FIELDS, field};
use hebbscope::experiment::{Experiment, Purpose, Resolved, expand_home, resolve_for};
use hebbscope::record::RunFolder;
use hebbscope::reproduce::{Reproduction, ReproductionFolder};
use hebbscope::sweep::SweepFolder;
use hebbscope::tour::{TOURS, Tour};
use hebbscope::training::BackendChoice;

use exit::Started as _;
use print::remark;

/// Longest that a window takes to close after a signal, once its run is saved.
const CLOSING: std::time::Duration = std::time::Duration::from_secs(5);

/// The experiment of a window that is asked for none.
const STANDARD: &str = "sre";

/// When does a learning rule that computes nothing Hebbian look Hebbian? Without a subcommand: the window.
#[derive(Debug, Parser)]
#[command(name = "hebbscope", version, about, arg_required_else_help = false)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) window: WindowArgs,
}

/// What to do instead of opening the window.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train an experiment without a window and leave a run folder.
    Train(TrainArgs),
    /// Repeat a recorded run with the changes that were made on its way, and compare it with its record, value by value.
    Replay(replay::ReplayArgs),
    /// Train a grid of runs over one or two fields ([sweep] of the experiment), in shards if they are many.
    Sweep(Box<sweep::SweepArgs>),
    /// Reproduce the paper's table and figures, beside its own values, with a verdict on each of its claims.
    Reproduce(reproduce::ReproduceArgs),
    /// List the presets, or print one as TOML to start from.
    Presets {
        #[command(subcommand)]
        command: Option<PresetsCommand>,
    },
    /// List the known learning rules, or check one that you have written.
    Rules {
        #[command(subcommand)]
        command: Option<rules::RulesCommand>,
    },
    /// Write an experiment's examples as arrays for NumPy.
    Data(data::DataArgs),
    /// List the graphics adapters that can train, with limits and measured speed.
    Devices,
    /// Replay golden trajectories through the step program and compare every number.
    Verify(VerifyArgs),
}

/// Of the window.
#[derive(Debug, Args)]
pub(crate) struct WindowArgs {
    /// What to draw the window with; auto takes wgpu on a graphics card and glow elsewhere.
    #[arg(long, value_enum, default_value_t = Renderer::Auto)]
    pub(crate) renderer: Renderer,
    /// What to open: a preset's name, a TOML file, a run folder or the folder of a reproduction; without it the window shows
    /// its first page, with the preset sre ready behind it.
    #[arg(long, value_name = "EXPERIMENT")]
    pub(crate) experiment: Option<String>,
    /// What trains.
    #[arg(long, value_enum, default_value_t = Backend::Auto)]
    pub(crate) backend: Backend,
    /// Open the window with the run paused.
    #[arg(long)]
    pub(crate) paused: bool,
    /// Put a control out of sight: a field (noise.weight_sd), a section (noise) or a pane (twins); repeatable.
    #[arg(long, value_name = "CONTROL")]
    pub(crate) hide: Vec<String>,
    /// Guided tour to start with: a built-in one (weight-decay, noise, oscillations, other-rules, own-rule) or a Markdown file.
    #[arg(long, value_name = "TOUR")]
    pub(crate) tour: Option<String>,
}

/// Drawing library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Renderer {
    /// Whichever suits this machine.
    Auto,
    /// Vulkan, Metal or DirectX.
    Wgpu,
    /// OpenGL.
    Glow,
}

/// Of `train`.
#[derive(Clone, Debug, Args)]
pub(crate) struct TrainArgs {
    /// A preset's name (see `hebbscope presets`), a TOML file or a run folder.
    pub(crate) experiment: String,
    /// Override a field, such as regularizer.weight_decay=5e-3; repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// Seeds to train side by side (training.seeds).
    #[arg(long, value_name = "N")]
    pub(crate) seeds: Option<u64>,
    /// Run folder; by default runs/NAME-TIME.
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub(crate) out: Option<std::path::PathBuf>,
    /// Overwrite the run in an existing folder.
    #[arg(long)]
    pub(crate) force: bool,
    /// Go on with the run in the folder from its last checkpoint; one is begun where there is none.
    #[arg(long, requires = "out", conflicts_with = "force")]
    pub(crate) resume: bool,
    /// How often to write a checkpoint to go on from: steps (500), a time (30s, 5m, 1h) or never.
    #[arg(long, value_name = "STEPS|TIME", default_value_t)]
    pub(crate) checkpoint_every: keeper::CheckpointEvery,
    /// Executor.
    #[arg(long, value_enum, default_value_t = Backend::Auto)]
    pub(crate) backend: Backend,
    /// Apply the changes of a run folder's interventions.jsonl, each at its step; those of a run folder that is trained again
    /// are applied without being named.
    #[arg(long, value_name = "FILE", value_parser = path(), conflicts_with = "no_interventions")]
    pub(crate) interventions: Option<std::path::PathBuf>,
    /// Train a run folder's configuration without the changes that were made on its way.
    #[arg(long)]
    pub(crate) no_interventions: bool,
    /// Change a field before the update of a step, in a single layer after @, such as
    /// 1000:regularizer.weight_decay@2=5e-3; repeatable.
    #[arg(long, value_name = "STEP:PATH[@LAYER]=VALUE")]
    pub(crate) intervene: Vec<String>,
    /// Worker threads; by default one a core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Form of the metrics; parquet is written beside the CSV.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub(crate) format: Format,
}

/// Executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// Whichever is faster for this experiment; half a second decides where there is a graphics processor.
    Auto,
    /// The CPU.
    Cpu,
    /// The first of `hebbscope devices`.
    Gpu,
}

impl From<Backend> for BackendChoice {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Auto => Self::Auto,
            Backend::Cpu => Self::Cpu,
            Backend::Gpu => Self::Gpu,
        }
    }
}

/// Form of the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// metrics.csv
    Csv,
    /// metrics.csv and metrics.parquet
    Parquet,
}

/// Of `presets`.
#[derive(Debug, Subcommand)]
pub(crate) enum PresetsCommand {
    /// Print a preset, every field with its description.
    Show {
        /// A preset's name.
        name: String,
    },
}

/// Of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Golden trajectory files.
    #[arg(required = true, value_parser = path())]
    pub(crate) files: Vec<std::path::PathBuf>,
    /// Precision of the replay; tolerance 1e-9 in f64 (the default), 1e-4 in f32.
    #[arg(long, value_enum)]
    pub(crate) precision: Option<Precision>,
    /// What replays; gpu computes in f32, auto takes the CPU.
    #[arg(long, value_enum, default_value_t = Backend::Auto)]
    pub(crate) backend: Backend,
}

/// Precision of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Precision {
    /// Double.
    F64,
    /// Single, as in training.
    F32,
}

/// A path, in which `~` is the home folder: shells leave it as it is after `--out=`. Configurations, commands that are said and what the
/// window remembers name paths in text: what is none would be written, and not found again.
fn path() -> impl TypedValueParser<Value = std::path::PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.to_str() {
        Some(_) => Ok(expand_home(&path)),
        None => Err("is not text in UTF-8, as names of files and folders must be here"),
    })
}

/// Says what of an experiment was given in vain.
fn warned(resolved: Resolved) -> Experiment {
    for warning in &resolved.warnings {
        remark!("warning: {warning}");
    }
    resolved.experiment
}

/// Runs a subcommand; the result is the process's exit code.
pub(crate) fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Train(args) => train::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Reproduce(args) => reproduce::run(&args),
        Command::Presets { command: None } => presets::list(),
        Command::Presets { command: Some(PresetsCommand::Show { name }) } => presets::show(&name),
        Command::Rules { command } => rules::run(command.as_ref()),
        Command::Data(args) => data::run(&args),
        Command::Devices => devices::list(),
        Command::Verify(args) => verify::run(&args),
    }
}

/// Opens the window; where there is no display, runs the experiment in the terminal instead.
pub(crate) fn open_window(args: &WindowArgs) -> anyhow::Result<u8> {
    let interrupts = interrupt::Interrupts::watch();
    let asked = args.experiment.as_deref().unwrap_or(STANDARD);
    let opens = Reproduction::folder_of(&expand_home(Path::new(asked)));
    if let Some(folder) = &opens {
        // What is refused is refused here, and not in a window that opens with something else.
        ReproductionFolder::look(folder)?;
    }
    let name = if opens.is_some() { STANDARD } else { asked };
    let experiment = warned(resolve_for(Purpose::Window, name, &[])?);
    // A run is opened at its end, where its folder holds that, and a sweep with what it has come to.
    let path = expand_home(Path::new(asked));
    let run = SweepFolder::folder_of(&path).or(Some(path).filter(|folder| RunFolder::end_in(folder).is_file()));
    let options = WindowOptions {
        experiment: experiment.clone(),
        // One core is left to drawing.
        threads: all_threads().saturating_sub(1).max(1),
        renderer: match args.renderer {
            Renderer::Auto => RendererChoice::Auto,
            Renderer::Wgpu => RendererChoice::Wgpu,
            Renderer::Glow => RendererChoice::Glow,
        },
        backend: args.backend.into(),
        run_at_start: !args.paused && run.is_none(),
        hidden: hidden(&args.hide)?,
        tour: args.tour.as_deref().map(tour).transpose()?,
        opens: opens.clone().or(run),
        first_page: args.experiment.is_none() && args.tour.is_none() && args.hide.is_empty() && !args.paused,
        ending: Ending::default(),
        without_display: exit::BROKEN,
        each_frame: drill(),
    };
    let ending = options.ending.clone();
    interrupts.answer(move || {
        ending.ask();
        std::thread::sleep(CLOSING);
        remark!("the window does not close in time, and is ended");
        interrupt::end_now();
    });
    match app::run(options) {
        Ok(()) if interrupts.has_come() => Ok(exit::INTERRUPTED),
        Ok(()) => Ok(exit::DONE),
        Err(error @ (WindowError::NoDisplay | WindowError::NoConnection)) if opens.is_none() => {
            interrupts.stand_down();
            remark!("{error}; running {} in the terminal", experiment.name);
            headless::run_in_terminal(experiment, &interrupts)
        }
        Err(error @ WindowError::Ended(_)) => Err(error).after_start(),
        Err(error) => Err(error.into()),
    }
}

/// In builds for tests, what lets the drawing fail once there is the file that the environment names.
fn drill() -> Option<fn()> {
    #[cfg(debug_assertions)]
    {
        static FILE: std::sync::OnceLock<std::ffi::OsString> = std::sync::OnceLock::new();
        let file = std::env::var_os("HEBBSCOPE_TEST_FAULT")?;
        FILE.get_or_init(|| file);
        Some(|| {
            let is_asked = FILE.get().is_some_and(|file| Path::new(file).exists());
            assert!(!is_asked, "a fault on demand");
        })
    }
    #[cfg(not(debug_assertions))]
    None
}

fn hidden(names: &[String]) -> anyhow::Result<Hidden> {
    for name in names {
        let is_section = FIELDS.iter().any(|field| field.path.split('.').next() == Some(name));
        if !is_section && field(name).is_none() && PaneKind::from_id(name).is_none() {
            let panes: Vec<_> = PaneKind::ALL.map(PaneKind::id).into();
            anyhow::bail!(
                "--hide {name}: neither a field of the configuration (as regularizer.weight_decay), nor a section, nor \
                 a pane ({})",
                panes.join(", ")
            );
        }
    }
    Ok(Hidden::new(names.iter().cloned()))
}

/// A built-in tour, or one from a file.
fn tour(name: &str) -> anyhow::Result<Tour> {
    if let Some(built_in) = TOURS.iter().find(|tour| tour.name == name) {
        return Ok(built_in.tour()?);
    }
    let path = expand_home(Path::new(name));
    if !path.exists() && path.extension().is_none() {
        let names: Vec<_> = TOURS.iter().map(|tour| tour.name).collect();
        anyhow::bail!("--tour {name}: neither a built-in tour ({}) nor a Markdown file", names.join(", "));
    }
    Ok(Tour::read(&path)?)
}

/// Worker threads where none are asked for.
pub(crate) fn all_threads() -> usize {
    hebbscope::cores::available()
}
