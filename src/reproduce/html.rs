//! `report.html`: one file that needs no other.

use std::fmt::Write;

use super::claim::{Claim, Verdict};
use super::error::ReproduceError;
use super::report::{ItemReport, Report};
use crate::record::{Exhibit, Panel, Table};

const STYLE: &str = include_str!("../../assets/reproduce/report.css");
/// Width of a panel, in points: that of half a page, so that a narrow screen shows it nearly as large.
const PANEL: f64 = 500.0;
/// Width of a panel that has the page to itself.
const WIDE: f64 = 540.0;

/// The page.
pub(super) fn page(report: &Report) -> Result<String, ReproduceError> {
    let mut out = String::with_capacity(1 << 20);
    out.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<title>Hebbscope: the paper's table and figures</title>\n");
    put(&mut out, format_args!("<style>\n{STYLE}</style>\n</head>\n<body>\n"));
    header(&mut out, report);
    out.push_str("<main>\n");
    contents(&mut out, report);
    for item in &report.items {
        section(&mut out, item)?;
    }
    out.push_str("</main>\n");
    footer(&mut out, report);
    out.push_str("</body>\n</html>\n");
    Ok(out)
}

fn put(out: &mut String, words: std::fmt::Arguments<'_>) {
    // A string takes whatever is written.
    let _ = out.write_fmt(words);
}

fn header(out: &mut String, report: &Report) {
    out.push_str("<header>\n<h1>Homeostatic Ubiquity of Hebbian Dynamics, reproduced</h1>\n");
    out.push_str(
        "<p class=\"lead\">The table and figures of the paper by Koplow, Poggio and Ziyin (2026) as this program computes \
         them, beside the paper's own values. Every verdict comes from the numbers by the criterion that stands beside \
         it.</p>\n",
    );
    let claims: Vec<&Claim> = report.items.iter().flat_map(|item| &item.claims).collect();
    out.push_str("<ul class=\"tally\">\n");
    for verdict in [Verdict::Reproduces, Verdict::Differs, Verdict::NotTested] {
        let count = claims.iter().filter(|claim| claim.verdict == verdict).count();
        put(out, format_args!("<li class=\"{}\"><b>{count}</b>{}</li>\n", class(verdict), verdict.words()));
    }
    out.push_str("</ul>\n");
    if !report.complete {
        out.push_str(
            "<p class=\"reduced\">Not everything is at its end: claims whose cells are missing are not tested.</p>\n",
        );
    }
    out.push_str("<dl class=\"facts\">\n");
    let backends = report.backends.join("; ");
    let facts = [
        ("Command", format!("<code>{}</code>", escaped(&report.command))),
        ("Program", format!("Hebbscope {}", escaped(report.version))),
        ("Machine", escaped(&report.hardware)),
        ("Trained on", escaped(if backends.is_empty() { "nothing yet" } else { &backends })),
    ];
    for (name, value) in facts {
        put(out, format_args!("<dt>{name}</dt><dd>{value}</dd>\n"));
    }
    out.push_str("</dl>\n</header>\n");
}

fn contents(out: &mut String, report: &Report) {
    out.push_str("<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ol>\n");
    for item in &report.items {
        let count = |verdict| item.claims.iter().filter(|claim| claim.verdict == verdict).count();
        let counts: Vec<String> = [Verdict::Reproduces, Verdict::Differs, Verdict::NotTested]
            .into_iter()
            .filter(|verdict| count(*verdict) > 0)
            .map(|verdict| format!("{} {}", count(verdict), verdict.words()))
            .collect();
        put(
            out,
            format_args!(
                "<li><a href=\"#{}\"><b>{}</b> {}</a> <span class=\"counts\">{}</span></li>\n",
                item.id,
                escaped(item.label),
                escaped(item.title),
                counts.join(" \u{b7} ")
            ),
        );
    }
    out.push_str("</ol>\n</nav>\n");
}

fn section(out: &mut String, item: &ItemReport) -> Result<(), ReproduceError> {
    let (label, title) = (escaped(item.label), escaped(item.title));
    put(out, format_args!("<section id=\"{}\">\n<h2><small>{label}</small>{title}</h2>\n", item.id));
    put(out, format_args!("<p>{}</p>\n", escaped(item.shows)));
    if !item.reductions.is_empty() {
        out.push_str("<div class=\"reduced\"><b>Less than the paper\u{2019}s experiment:</b>\n<ul>\n");
        for words in &item.reductions {
            put(out, format_args!("<li>{}</li>\n", escaped(words)));
        }
        out.push_str("</ul>\n</div>\n");
    }
    for exhibit in &item.exhibits {
        figure(out, exhibit)?;
    }
    claims(out, &item.claims);
    if !item.chosen.is_empty() {
        out.push_str("<h3>What the paper leaves open</h3>\n<ul class=\"notes\">\n");
        for words in &item.chosen {
            put(out, format_args!("<li>{}</li>\n", escaped(words)));
        }
        out.push_str("</ul>\n");
    }
    let all = item.experiments.len();
    let what = if all == 1 { "experiment" } else { "experiments" };
    put(
        out,
        format_args!(
            "<details>\n<summary>Configuration of the {all} {what}, {} cells and runs</summary>\n",
            item.units
        ),
    );
    for one in &item.experiments {
        let cells = if one.cells == 1 { "one run".to_owned() } else { format!("{} cells", one.cells) };
        put(
            out,
            format_args!(
                "<details>\n<summary>{} ({cells}, {} steps, <code>{}</code>)</summary>\n<pre>{}</pre>\n</details>\n",
                escaped(&one.name),
                one.steps,
                escaped(&one.path),
                escaped(&one.config)
            ),
        );
    }
    out.push_str("</details>\n</section>\n");
    Ok(())
}

fn figure(out: &mut String, exhibit: &Exhibit) -> Result<(), ReproduceError> {
    put(out, format_args!("<figure id=\"figure-{}\">\n", escaped(&exhibit.name)));
    let (title, subtitle) = (escaped(&exhibit.title), escaped(&exhibit.subtitle));
    put(out, format_args!("<figcaption><b>{title}</b><span>{subtitle}</span></figcaption>\n"));
    let alone = exhibit.panels.len() == 1;
    let drawings = exhibit.panel_svgs(if alone { WIDE } else { PANEL })?;
    let mut is_open = false;
    for (panel, drawing) in exhibit.panels.iter().zip(&drawings) {
        if let Panel::Table(one) = panel {
            if std::mem::take(&mut is_open) {
                out.push_str("</div>\n");
            }
            table(out, one);
            continue;
        }
        if !std::mem::replace(&mut is_open, true) {
            out.push_str(if alone { "<div class=\"panels one\">\n" } else { "<div class=\"panels\">\n" });
        }
        out.push_str(&inline(drawing, panel.title(), &exhibit.title));
    }
    if is_open {
        out.push_str("</div>\n");
    }
    out.push_str("</figure>\n");
    Ok(())
}

/// A drawing within the page: without the declaration of a file, and with a name for who does not see it.
fn inline(drawing: &str, title: &str, figure: &str) -> String {
    let body = drawing.split_once("?>").map_or(drawing, |(_, body)| body.trim_start());
    let name = if title.is_empty() { figure } else { title };
    body.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{}\" ", escaped(name)), 1)
}

/// Numbers, two rows a setting: the paper's and this build's.
fn table(out: &mut String, table: &Table) {
    out.push_str("<div class=\"scroll\">\n<table class=\"numbers\">\n<thead><tr>");
    for head in &table.header {
        // A head without words is no head.
        let tag = if head.is_empty() { "td" } else { "th" };
        put(out, format_args!("<{tag}>{}</{tag}>", escaped(head)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        let is_ours = row.iter().any(|cell| cell == "this build");
        out.push_str(if is_ours { "<tr class=\"ours\">" } else { "<tr>" });
        for cell in row {
            put(out, format_args!("<td>{}</td>", unbroken(cell)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

fn claims(out: &mut String, claims: &[Claim]) {
    out.push_str(
        "<h3>What the paper claims, and what comes out here</h3>\n<div class=\"scroll\">\n<table class=\"claims\">\n",
    );
    out.push_str("<thead><tr><th>Claim</th><th>Paper</th><th>This build</th><th>SD</th><th>n</th><th>Verdict</th><th>Why</th></tr></thead>\n<tbody>\n");
    for claim in claims {
        let sd = claim.sd.map_or_else(|| "\u{2013}".to_owned(), super::evidence::number);
        put(
            out,
            format_args!(
                "<tr id=\"{0}\"><td class=\"claim\">{1} <small>{0}</small></td><td data-label=\"Paper\">{2}</td>\
                 <td data-label=\"This build\">{3}</td><td data-label=\"SD\">{sd}</td><td data-label=\"n\">{4}</td>\
                 <td data-label=\"Verdict\"><span class=\"verdict {5}\">{6}</span></td>\
                 <td class=\"why\" data-label=\"Why\"><span>{7}</span></td></tr>\n",
                escaped(&claim.id),
                unbroken(&claim.claim),
                unbroken(&claim.paper),
                unbroken(&claim.measured.words()),
                claim.n,
                class(claim.verdict),
                claim.verdict.words(),
                unbroken(&claim.why)
            ),
        );
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

fn footer(out: &mut String, report: &Report) {
    put(
        out,
        format_args!(
            "<footer>\n<p>n counts seeds, runs, cells or points of a fit, as the claim says. Alignment is the cosine of the \
             batch means of learning signal and Hebbian update, before the step. Numbers and claims are in \
             <code>report.json</code>, drawings with their numbers in <code>figures/</code>; every folder in \
             <code>grids/</code> opens as a sweep. Written by Hebbscope {}.</p>\n</footer>\n",
            escaped(report.version)
        ),
    );
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reproduces => "reproduces",
        Verdict::Differs => "differs",
        Verdict::NotTested => "not-tested",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escaped, with numbers that stay on one line: a mean with its deviation, and a power of ten with a minus in place of a
/// hyphen.
fn unbroken(text: &str) -> String {
    let mut parts = text.split("e-");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_number = out.ends_with(|c: char| c.is_ascii_digit()) && part.starts_with(|c: char| c.is_ascii_digit());
        out.push_str(if is_number { "e\u{2212}" } else { "e-" });
        out.push_str(part);
    }
    escaped(&out).replace(" \u{b1} ", "\u{a0}\u{b1}\u{a0}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_stay_on_one_line() {
        assert_eq!(
            super::unbroken("pre-activation < 5e-4: 0.1 \u{b1} 0.2, 1e-x"),
            "pre-activation &lt; 5e\u{2212}4: 0.1\u{a0}\u{b1}\u{a0}0.2, 1e-x"
        );
    }
}
