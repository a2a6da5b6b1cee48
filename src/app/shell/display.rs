//! Which display the window opens on, and how it fits on a small one.

use std::ffi::OsStr;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use eframe::egui::{Vec2, vec2};

/// Points that the window needs for all of its panes to be used.
pub(in crate::app) const COMFORTABLE: Vec2 = vec2(960.0, 540.0);

/// Points that are left to a person who has enlarged everything: less, and buttons leave the screen.
const ENLARGED: Vec2 = vec2(640.0, 360.0);

/// Least zoom by which a window is made to fit: text stays readable.
const LEAST_ZOOM: f32 = 0.5;

/// Whether `WAYLAND_DISPLAY` names a compositor that does not answer while there is an X display: the window library
/// would take the first and fail.
#[must_use]
pub fn has_stale_wayland() -> bool {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    // A socket that was handed over is open already.
    if variable("WAYLAND_SOCKET").is_some() || variable("DISPLAY").is_none() {
        return false;
    }
    let Some(display) = variable("WAYLAND_DISPLAY") else { return false };
    !socket(&display, variable("XDG_RUNTIME_DIR").as_deref()).is_some_and(|path| answers(&path))
}

/// Whether somebody answers behind the display that the window is on.
pub(super) fn is_there() -> bool {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    match (variable("WAYLAND_DISPLAY"), variable("DISPLAY")) {
        (Some(display), _) => {
            socket(&display, variable("XDG_RUNTIME_DIR").as_deref()).is_some_and(|path| answers(&path))
        }
        (None, Some(display)) => x_answers(&display.to_string_lossy()),
        (None, None) => false,
    }
}

/// Whether the X server of a name like `:0`, `:0.0` or `host:10` does.
fn x_answers(display: &str) -> bool {
    let Some((host, number)) = display.rsplit_once(':') else { return false };
    let Ok(number) = number.split('.').next().unwrap_or_default().parse::<u16>() else { return false };
    if host.is_empty() || host == "unix" {
        return answers(&PathBuf::from(format!("/tmp/.X11-unix/X{number}"))) || abstract_answers(number);
    }
    let Some(port) = PORTS.checked_add(number) else { return false };
    let places = (host, port).to_socket_addrs().into_iter().flatten();
    places.into_iter().any(|place| TcpStream::connect_timeout(&place, PATIENCE).is_ok())
}

/// Port of an X server of number 0.
const PORTS: u16 = 6000;

/// A server of another machine that takes longer is not there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether there is a server that listens at no file.
#[cfg(target_os = "linux")]
fn abstract_answers(number: u16) -> bool {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};
    let address = SocketAddr::from_abstract_name(format!("/tmp/.X11-unix/X{number}"));
    address.and_then(|address| UnixStream::connect_addr(&address)).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn abstract_answers(_number: u16) -> bool {
    false
}

/// Where the compositor of that name listens; `None` where the name has no place.
fn socket(display: &OsStr, runtime: Option<&OsStr>) -> Option<PathBuf> {
    let display = Path::new(display);
    if display.is_absolute() { Some(display.to_path_buf()) } else { Some(Path::new(runtime?).join(display)) }
}

#[cfg(unix)]
fn answers(socket: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

#[cfg(not(unix))]
fn answers(_socket: &Path) -> bool {
    false
}

/// How the window takes its place on a screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::app) struct Fit {
    /// The zoom, never larger than it was.
    pub(in crate::app) zoom: f32,
    /// Least size of the window in points of that zoom: no larger than the screen.
    pub(in crate::app) least: Vec2,
}

/// Of a window at a zoom on a screen of `screen` points of that zoom.
pub(in crate::app) fn fit(screen: Vec2, zoom: f32) -> Fit {
    let needed = if zoom > 1.0 { ENLARGED } else { COMFORTABLE };
    let share = (screen / needed).min_elem();
    // Rounding must not make the same screen too small for the zoom that was made for it.
    let fitting = if share < 0.999 && share > 0.0 { (zoom * share).max(LEAST_ZOOM.min(zoom)) } else { zoom };
    let screen = screen * (zoom / fitting);
    Fit { zoom: fitting, least: COMFORTABLE.min(screen) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compositor_is_where_its_name_says() {
        let runtime = Some(OsStr::new("/run/user/1000"));
        assert_eq!(socket(OsStr::new("wayland-1"), runtime), Some("/run/user/1000/wayland-1".into()));
        assert_eq!(socket(OsStr::new("/tmp/w"), None), Some("/tmp/w".into()));
        assert_eq!(socket(OsStr::new("wayland-1"), None), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_without_a_listener_does_not_answer() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wayland-9");
        assert!(!answers(&path));
        let listener = std::os::unix::net::UnixListener::bind(&path).expect("bound");
        assert!(answers(&path));
        // The file of a compositor that is gone stays.
        drop(listener);
        assert!(path.exists() && !answers(&path));
    }

    #[test]
    fn a_server_that_is_gone_does_not_answer() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("bound");
        let port = listener.local_addr().expect("bound").port();
        let number = port.checked_sub(PORTS).expect("ephemeral ports are higher");
        assert!(x_answers(&format!("127.0.0.1:{number}.0")));
        drop(listener);
        assert!(!x_answers(&format!("127.0.0.1:{number}.0")));
        assert!(!x_answers(":no number") && !x_answers("no name") && !x_answers(":65000"));
    }

    #[test]
    fn the_window_fits_on_small_and_dense_screens() {
        for (pixels, scale, wanted) in [
            (vec2(1366.0, 768.0), 1.0, 1.0),
            (vec2(1280.0, 720.0), 1.0, 1.0),
            (vec2(1366.0, 768.0), 1.5, 768.0 / 1.5 / 540.0),
            (vec2(1280.0, 720.0), 1.5, 720.0 / 1.5 / 540.0),
            (vec2(1366.0, 768.0), 2.0, 768.0 / 2.0 / 540.0),
            (vec2(1280.0, 720.0), 2.0, 720.0 / 2.0 / 540.0),
            (vec2(3840.0, 2160.0), 2.0, 1.0),
        ] {
            let Fit { zoom, least } = fit(pixels / scale, 1.0);
            assert!((zoom - wanted).abs() < 1e-5, "{pixels} at {scale}: {zoom}");
            let screen = pixels / (scale * zoom);
            assert!(least.x <= screen.x && least.y <= screen.y, "{pixels} at {scale}: {least} on {screen}");
        }
    }

    #[test]
    fn an_enlarged_window_stays_enlarged_where_there_is_room() {
        assert_eq!(fit(vec2(1280.0, 720.0) / 2.0, 2.0).zoom, 2.0);
        assert_eq!(fit(vec2(1280.0, 720.0) / 4.0, 4.0).zoom, 2.0);
        // A screen of nothing is one that is not known.
        assert_eq!(fit(Vec2::ZERO, 1.0).zoom, 1.0);
        assert_eq!(fit(vec2(100.0, 100.0), 0.4).zoom, 0.4);
    }
}
