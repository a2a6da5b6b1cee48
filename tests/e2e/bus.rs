//! Asking for a file where there is no desktop: nobody starts one, by a copy of a process that trains.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::alone;
use super::app::{App, PATIENCE, skips};
use super::screen::{Screen, wait_for};

/// Where the library of D-Bus looks before it looks along `PATH`.
const INSTALLED: &str = "/usr/bin/dbus-launch";

#[test]
fn no_bus_is_started_where_there_is_none() {
    if skips() {
        return;
    }
    if Path::new(INSTALLED).exists() {
        return println!("skipped: {INSTALLED} is there, and would be started in place of what tells");
    }
    let _alone = alone();
    let screen = Screen::open();
    let programs = screen.home().join("programs");
    std::fs::create_dir(&programs).expect("a folder");
    for name in ["dbus-launch", "zenity"] {
        let (program, asked) = (programs.join(name), screen.home().join(format!("{name} was asked")));
        std::fs::write(&program, format!("#!/bin/sh\ntouch '{}'\nexit 1\n", asked.display())).expect("a file");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("mine");
    }
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").expect("set"));
    let environment = [("PATH", path.as_str()), ("DBUS_SESSION_BUS_ADDRESS", "")];
    let mut app = App::start_in(screen, &environment, &["--experiment", "sre"]);
    app.settle();
    std::thread::sleep(Duration::from_millis(500));
    app.screen.input("key ctrl+o");
    let home = app.screen.home().to_path_buf();
    let asked = |name: &str| home.join(format!("{name} was asked")).exists();
    // It comes after the bus.
    wait_for("the dialog that needs no bus", PATIENCE, || asked("zenity").then_some(()));
    assert!(!asked("dbus-launch"), "a bus was to be started");
}
