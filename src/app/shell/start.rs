//! Opening the window, and saying in one line why it does not open.

use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::ViewportBuilder;

use super::ending::Ending;
use super::lost_display;
use super::renderer::RendererChoice;
use super::stored;
use super::window::{Window, WindowSetup};
use crate::app::cheap;
use crate::app::link::selection::Hidden;
use crate::app::look::words::Vocabulary;
use crate::experiment::Experiment;
use crate::record::LeftBehind;
use crate::sweep::LeftSweep;
use crate::tour::Tour;
use crate::training::BackendChoice;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// How to open the window.
pub struct WindowOptions {
    /// What to train.
    pub experiment: Experiment,
    /// Threads of the trainer.
    pub threads: usize,
    /// How to draw.
    pub renderer: RendererChoice,
    /// What trains.
    pub backend: BackendChoice,
    /// Whether training starts with the window.
    pub run_at_start: bool,
    /// Controls that are out of sight.
    pub hidden: Hidden,
    /// A tour to start with.
    pub tour: Option<Tour>,
    /// Something to open beside the experiment: the folder of a reproduction.
    pub opens: Option<PathBuf>,
    /// Whether the first page lies above the run, unless a person has chosen otherwise.
    pub first_page: bool,
    /// What ends the window from another thread.
    pub ending: Ending,
    /// Exit code of the process where the display goes away: the libraries that draw leave no way back from there.
    pub without_display: u8,
    /// Called in each frame that is drawn: a place for tests to let something fail.
    #[doc(hidden)]
    pub each_frame: Option<fn()>,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// Neither an X server nor a Wayland compositor is known.
    #[error("no display: DISPLAY and WAYLAND_DISPLAY are unset; use `hebbscope train` without a window, or xvfb-run")]
    NoDisplay,
    /// There is a name of a display but nobody behind it.
    #[error(
        "the display named by DISPLAY or WAYLAND_DISPLAY cannot be reached; is the X server or the compositor running, and \
         may you use it?"
    )]
    NoConnection,
    /// A library of the window system is not installed.
    #[error("the window needs {library}, which is not installed; on Debian: apt-get install {package}")]
    MissingLibrary {
        /// File name of the library.
        library: &'static str,
        /// Debian's package.
        package: &'static str,
    },
    /// Some library of the X window system is not installed; its loader does not say which.
    #[error(
        "a library of the X window system is not installed; on Debian: \
         apt-get install libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0"
    )]
    MissingX11,
    /// There is no driver to draw with.
    #[error(
        "no graphics driver: {0}; on Debian: apt-get install libvulkan1 mesa-vulkan-drivers, or choose the other renderer"
    )]
    NoDriver(String),
    /// The libraries of the window have given up while it was open.
    #[error("the window has been ended: {0}")]
    Ended(String),
    /// Anything else.
    #[error("the window could not be opened: {0}")]
    Other(String),
}

/// Libraries that are opened while the window starts, with their Debian packages.
///
/// A name that contains another comes first.
const LIBRARIES: [(&str, &str); 7] = [
    ("libxkbcommon-x11", "libxkbcommon-x11-0"),
    ("libxkbcommon", "libxkbcommon0"),
    ("libX11-xcb", "libx11-xcb1"),
    ("libXcursor", "libxcursor1"),
    ("libXi.so", "libxi6"),
    ("libX11", "libx11-6"),
    ("libvulkan", "libvulkan1"),
];

/// Opens the window and returns when it is closed.
///
/// # Errors
/// One line that names what is missing.
pub fn run(options: WindowOptions) -> Result<(), WindowError> {
    if cfg!(target_os = "linux") && !has_display() {
        return Err(WindowError::NoDisplay);
    }
    keep_heap();
    crate::record::clean_cache();
    let notes = stored::path().map(|path| stored::mend(&path)).unwrap_or_default();
    for note in &notes {
        // The window says it too.
        let _ = writeln!(std::io::stderr(), "note: {note}");
    }
    let left: Vec<_> = crate::record::left_behind().into_iter().map(Arc::new).collect();
    let mut grids = Vec::new();
    let mut notes = notes;
    for place in
        crate::record::left_grids(&mut |error| notes.push(format!("a grid of runs that was given up: {error}")))
    {
        let folder = place.folder().to_path_buf();
        match LeftSweep::open(Arc::new(place)) {
            Ok(grid) => grids.push(Arc::new(grid)),
            Err(error) => notes.push(format!(
                "a grid of runs that was left cannot go on: {error}; its folder can be opened: {}",
                folder.display()
            )),
        }
    }
    let left = (left, grids);
    let mut first_failure = None;
    for renderer in options.renderer.order() {
        match open(&options, &notes, &left, renderer) {
            Ok(()) => return Ok(()),
            Err(last @ (WindowError::MissingLibrary { .. } | WindowError::MissingX11 | WindowError::Ended(_))) => {
                return Err(last);
            }
            Err(failure) => {
                first_failure.get_or_insert(failure);
            }
        }
    }
    Err(first_failure.unwrap_or_else(|| WindowError::Other("there is no renderer".into())))
}

/// Leaves the place of the window to the window manager where nobody looks whether the stored one is on any screen.
fn place(mut builder: ViewportBuilder) -> ViewportBuilder {
    if cfg!(not(any(target_os = "windows", target_os = "macos"))) {
        builder.position = None;
    }
    builder
}

fn open(
    options: &WindowOptions,
    notes: &[String],
    left: &(Vec<Arc<LeftBehind>>, Vec<Arc<LeftSweep>>),
    renderer: eframe::Renderer,
) -> Result<(), WindowError> {
    let native = eframe::NativeOptions {
        renderer,
        // Nothing here is a gradient that would show bands, and software renderers pay for every pixel.
        dithering: false,
        viewport: ViewportBuilder::default()
            .with_title("Hebbscope")
            .with_app_id("hebbscope")
            .with_inner_size([1280.0, 720.0])
            // The screen is not known yet; once it is, the least size is as much as fits on it.
            .with_min_inner_size([320.0, 240.0]),
        window_builder: Some(Box::new(place)),
        ..Default::default()
    };
    let opened = Arc::new(AtomicBool::new(false));
    let is_open = Arc::clone(&opened);
    let (ending, code) = (options.ending.clone(), options.without_display);
    let experiment = options.experiment.clone();
    let setup = WindowSetup {
        vocabulary: Vocabulary::default(),
        threads: options.threads,
        backend: options.backend,
        run_at_start: options.run_at_start,
        hidden: options.hidden.clone(),
        tour: options.tour.clone(),
        opens: options.opens.clone(),
        rates: None,
        notes: notes.to_vec(),
        autosaves: true,
        left: left.0.clone(),
        left_grids: left.1.clone(),
        first_page: options.first_page,
        ending: options.ending.clone(),
        each_frame: options.each_frame,
    };
    let create = move |context: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, AnyError> {
        cheap::adapt(context);
        let mut window = Window::new(&context.egui_ctx, experiment, setup)?;
        if let Some(storage) = context.storage {
            window.restore(storage);
        }
        lost_display::watch(&ending, code);
        is_open.store(true, Ordering::Relaxed);
        Ok(Box::new(window))
    };
    let outcome =
        quietly(&opened, (&options.ending, code), || eframe::run_native("hebbscope", native, Box::new(create)));
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if opened.load(Ordering::Relaxed) => Err(WindowError::Ended(error.to_string())),
        Ok(Err(error)) => Err(explain(&error.to_string())),
        Err(panic) => Err(explain(&panic)),
    }
}

/// Lets the allocator keep what a frame gives back, for the next one.
///
/// glibc returns memory at the top of its heap at once, so that every frame in software OpenGL spent a third of its time
/// on fresh pages. Freeing one large block raises its limits for good.
fn keep_heap() {
    const BLOCK: usize = 24 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(BLOCK)));
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Runs `body` and turns a panic of this thread into its message, unless it comes after the window has opened.
///
/// Window libraries panic where a shared library is missing; the user gets a sentence instead of a trace. A panic of an
/// open window is a fault of this program, which is reported and goes on as any other, unless the display has gone away.
fn quietly<T>(opened: &Arc<AtomicBool>, (ending, code): (&Ending, u8), body: impl FnOnce() -> T) -> Result<T, String> {
    let here = std::thread::current().id();
    let before = Arc::new(panic::take_hook());
    let (usual, is_open) = (Arc::clone(&before), Arc::clone(opened));
    let ending = ending.clone();
    panic::set_hook(Box::new(move |info| {
        let (is_here, is_open) = (std::thread::current().id() == here, is_open.load(Ordering::Relaxed));
        #[cfg(unix)]
        if is_here && is_open && lost_display::is_end_of_display(info) {
            lost_display::end(&ending, code);
        }
        if !is_here || is_open {
            usual(info);
        }
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(body));
    panic::set_hook(Box::new(move |info| before(info)));
    match outcome {
        Ok(value) => Ok(value),
        Err(payload) if opened.load(Ordering::Relaxed) => panic::resume_unwind(payload),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
            Err(text.unwrap_or_else(|| "unknown panic".into()))
        }
    }
}

/// The cause behind a message of the window libraries.
fn explain(message: &str) -> WindowError {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    // winit opens its message with a place in its own source, which tells a user nothing.
    let line = line
        .split_once(".rs:")
        .and_then(|(_, rest)| rest.split_once(": "))
        .map_or(line.clone(), |(_, rest)| rest.to_owned());
    if let Some((library, package)) = LIBRARIES.into_iter().find(|(library, _)| line.contains(library)) {
        return WindowError::MissingLibrary { library: library.trim_end_matches(".so"), package };
    }
    if line.contains("xlib's shared libraries") {
        return WindowError::MissingX11;
    }
    if line.contains("connection to X server") || line.contains("find wayland compositor") {
        return WindowError::NoConnection;
    }
    let lower = line.to_lowercase();
    if ["surface", "adapter", "glutin", "opengl", "egl", "wgpu"].iter().any(|word| lower.contains(word)) {
        return WindowError::NoDriver(line);
    }
    WindowError::Other(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_missing_package() {
        let cases = [
            ("Library libxkbcommon-x11.so could not be loaded.", "libxkbcommon-x11-0"),
            ("Library libxkbcommon.so could not be loaded.", "libxkbcommon0"),
            (
                "winit EventLoopError: os error: opening library failed (libXcursor.so.1: cannot open shared object file)",
                "libxcursor1",
            ),
            ("libX11-xcb.so.1: cannot open shared object file", "libx11-xcb1"),
        ];
        for (message, wanted) in cases {
            match explain(message) {
                WindowError::MissingLibrary { package, .. } => assert_eq!(package, wanted),
                other => panic!("{message}: {other}"),
            }
        }
        for message in ["Could not find wayland compositor", "Failed to open connection to X server"] {
            assert!(matches!(explain(message), WindowError::NoConnection), "{message}");
        }
        assert!(matches!(
            explain("WGPU error: Failed to create surface for any enabled backend: {}"),
            WindowError::NoDriver(_)
        ));
    }

    #[test]
    fn a_panic_becomes_its_message() {
        let (opened, ending) = (Arc::new(AtomicBool::new(false)), Ending::default());
        assert_eq!(quietly::<()>(&opened, (&ending, 3), || panic!("lost {}", 3)), Err("lost 3".to_owned()));
        assert_eq!(quietly(&opened, (&ending, 3), || 4), Ok(4));
    }
}
