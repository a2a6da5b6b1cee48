//! Sessions that random hands drive: whatever is done to a run, its record repeats it bit for bit, and that of its twin.

use std::path::Path;
use std::process::Command as Process;
use std::time::{Duration, Instant};

use hebbscope::experiment::{Experiment, resolve};
use hebbscope::record::Target;
use hebbscope::training::{Branch, Command, Event, RunState, Status, Trainer};

/// Sessions in the usual run of the tests; `HEBBSCOPE_SESSIONS` asks for another number.
const SESSIONS: u64 = 10;

/// Orders of a session.
const ORDERS: usize = 40;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a session begins with, beside the sizes.
const BEGINNINGS: [&[&str]; 4] = [
    &[],
    &["model.batch_norm=true", "regularizer.weight_decay=1e-3"],
    &["rule.kind=custom", "rule.signal=k * delta * pre", "rule.parameters.k=1.0"],
    &["rule.optimizer=adam", "model.residual=true", "measure.every=3"],
];

/// Settings that may change on the way, with values that keep a run tame. Some make the step be compiled anew.
const SETTINGS: [(&str, &[f64]); 10] = [
    ("regularizer.weight_decay", &[0.0, 5e-4, 3e-3, 2e-2]),
    ("noise.weight_sd", &[0.0, 1e-4, 1e-3]),
    ("noise.input_sd", &[0.0, 0.1]),
    ("rule.learning_rate", &[1e-2, 5e-2, 0.1]),
    ("rule.clip", &[0.1, 1.0, 5.0]),
    ("model.dropout", &[0.0, 0.1, 0.3]),
    ("regularizer.activation_penalty", &[0.0, 1e-4]),
    ("training.batch_size", &[8.0, 16.0, 32.0]),
    ("training.seeds", &[1.0, 2.0, 3.0]),
    ("measure.window", &[10.0, 40.0]),
];

struct Hands {
    trainer: Trainer,
    state: u64,
    told: Vec<String>,
}

impl Hands {
    /// A number below `below`: splitmix64.
    fn below(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn order(&mut self, command: Command) {
        self.told.push(format!("{:?} at about step {}", command, self.trainer.status().step));
        self.trainer.send(command);
    }

    fn set(&mut self) {
        let (field, values) = self.pick(&SETTINGS);
        let value = self.pick(values);
        let whole = field.starts_with("training.") || field.starts_with("measure.");
        let value = if whole { toml::Value::Integer(value as i64) } else { value.into() };
        let has_layer = field == "regularizer.weight_decay" && self.below(3) == 0;
        let twin = match (self.trainer.status().twin.is_some(), self.below(3)) {
            (true, 0) => Some("A".to_owned()),
            (true, 1) => Some("B".to_owned()),
            _ => None,
        };
        let target = Target { layer: has_layer.then_some(2), twin };
        let target = (target != Target::default()).then_some(target);
        self.order(Command::Set { field: field.into(), value, target });
    }

    fn fork(&mut self) {
        let changes: [&[(&str, toml::Value)]; 5] = [
            &[],
            &[("rule.kind", "hebb".into())],
            &[("rule.kind", "oja".into())],
            &[("noise.weight_sd", 2e-3.into())],
            &[("model.activation", "relu".into()), ("regularizer.weight_decay", 1e-2.into())],
        ];
        let changes = changes[self.below(changes.len())];
        let changes = changes.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
        self.order(Command::Fork { changes });
    }

    fn act(&mut self) {
        let step = self.trainer.status().step;
        match self.below(100) {
            0..40 => self.set(),
            40..50 => self.fork(),
            50..55 => {
                let keep = self.pick(&[Branch::A, Branch::B]);
                self.order(Command::EndTwin { keep });
            }
            55..62 => {
                let back = self.below(step as usize + 1) as u64;
                self.order(Command::ForkFrom(back));
            }
            62..65 => self.order(Command::Reset),
            65..68 => {
                let seed = self.below(1000) as u64;
                self.order(Command::NewSeed(seed));
            }
            68..76 => {
                let step = self.below(step as usize + 1) as u64;
                self.order(Command::Look(Some(step)));
            }
            76..80 => self.order(Command::Pause),
            80..84 => self.order(Command::Snapshot),
            _ => {
                let steps = 1 + self.below(60) as u64;
                self.order(Command::Step(steps));
            }
        }
        // Some orders meet the run on its way, others at rest.
        if self.below(2) == 0 {
            self.trainer.send(Command::Run);
        }
        let rest = self.below(6) as u64;
        std::thread::sleep(Duration::from_millis(rest));
    }

    fn watch(&self, what: &str, is_it: impl Fn(&Status) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_it(&self.trainer.status()) {
            assert!(Instant::now() < until, "no {what} after {:#?}", self.told);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn wait(&mut self, what: &str, mut is_it: impl FnMut(&Event) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let event = self.trainer.events().recv_deadline(until);
            let event = event.unwrap_or_else(|_| panic!("no {what} after {:#?}", self.told)).event;
            if is_it(&event) {
                return;
            }
            if let Event::Failed(text) = event {
                panic!("{text} after {:#?}", self.told);
            }
        }
    }
}

fn beginning(seed: u64) -> Experiment {
    let sizes = [
        "model.hidden=[8,8]",
        "data.train_examples=96",
        "data.validation_examples=16",
        "training.batch_size=16",
        "training.seeds=2",
        "rule.learning_rate=0.05",
    ];
    let own = BEGINNINGS[(seed % BEGINNINGS.len() as u64) as usize];
    let all: Vec<String> = sizes.iter().chain(own).map(|one| (*one).to_owned()).collect();
    resolve("sre", &all).expect("valid")
}

/// Drives a session and saves it.
fn drive(seed: u64, folder: &Path) -> Vec<String> {
    let trainer = Trainer::spawn(beginning(seed), 1, Box::new(|| {})).expect("a thread");
    let mut hands = Hands { trainer, state: seed, told: Vec::new() };
    for _ in 0..ORDERS {
        hands.act();
    }
    hands.trainer.send(Command::Pause);
    // Obeyed after everything before it.
    hands.trainer.send(Command::LimitRate(Some(1e9)));
    hands.watch("all orders obeyed", |status| status.speed_limit.is_some());
    let step = hands.trainer.status().step + 25;
    hands.trainer.send(Command::RunUntil(step));
    hands.watch("last steps", |status| status.step == step || status.state == RunState::Failed);
    hands.order(Command::SaveSession(folder.to_path_buf()));
    hands.wait("saved session", |event| {
        if let Event::Notice(text) = event {
            assert!(!text.contains("saved"), "{text}");
        }
        matches!(event, Event::Saved(_))
    });
    hands.told
}

#[test]
fn random_sessions_repeat_bit_for_bit_with_their_twins() {
    let sessions = std::env::var("HEBBSCOPE_SESSIONS").map_or(SESSIONS, |text| text.parse().expect("a number"));
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (mut twins, mut changes) = (0, 0);
    for seed in 0..sessions {
        let folder = scratch.path().join(format!("session-{seed}"));
        let told = drive(seed, &folder);
        let output = Process::new(env!("CARGO_BIN_EXE_hebbscope")).arg("replay").arg(&folder).output().expect("starts");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "session {seed}: {said}\n{told:#?}");
        let exact = said.lines().filter(|line| line.contains("repeats: ") && line.contains("largest deviation 0.00e0"));
        let has_twin = folder.join("twin-b").is_dir();
        assert_eq!(exact.count(), 1 + usize::from(has_twin), "session {seed}: {said}");
        twins += u32::from(has_twin);
        let record = std::fs::read_to_string(folder.join("interventions.jsonl")).expect("saved");
        changes += record.lines().count();
    }
    println!("{sessions} sessions, {twins} of them with a twin, {changes} changes of their runs, all exact");
}
