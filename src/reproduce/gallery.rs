//! Small pictures of a reproduction's figures, for the window's gallery: `gallery/ITEM.png`, and `gallery/gallery.json`, which
//! says how they were made.

use serde::{Deserialize, Serialize};

use super::claim::LimitKind;
use super::error::ReproduceError;
use super::folder::ReproductionFolder;
use super::reading::Reproduction;
use crate::record::{Exhibit, RecordError};

const FOLDER: &str = "gallery";

/// How the pictures of a reproduction were made: `gallery.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureList {
    /// Version of the program that trained and drew.
    pub version: String,
    /// The pictures there are, in the paper's order.
    pub pictures: Vec<MadePicture>,
}

/// How a picture was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadePicture {
    /// The item that it is of; its file is `ITEM.png`.
    pub item: String,
    /// The command, without its folder.
    pub command: String,
    /// In which ways the experiments were less than the paper's; data that stand in for others come first.
    pub reductions: Vec<String>,
}

/// Draws the items that are complete: a picture of half of what an item is made of would show something else.
pub(super) fn write(folder: &ReproductionFolder, reproduction: &Reproduction) -> Result<(), ReproduceError> {
    let path = folder.path().join(FOLDER);
    std::fs::create_dir_all(&path).map_err(ReproduceError::io(&path, "cannot be created"))?;
    let mut list = PictureList { version: env!("CARGO_PKG_VERSION").into(), pictures: Vec::new() };
    for one in &reproduction.items {
        let (done, units) = one.results.progress();
        if done < units {
            continue;
        }
        let Some(png) = Exhibit::thumbnail(&one.exhibits)? else { continue };
        folder.write(&format!("{FOLDER}/{}.png", one.item.id), &png)?;
        let mut limits: Vec<_> = one.plan.limits.iter().collect();
        limits.sort_by_key(|limit| limit.kind != LimitKind::StandIn);
        let reductions = limits.into_iter().map(|limit| limit.words.clone()).collect();
        list.pictures.push(MadePicture {
            item: one.item.id.into(),
            command: reproduction.manifest.command(),
            reductions,
        });
    }
    let json = |source| RecordError::Json { path: path.join("gallery.json"), source };
    let mut text = serde_json::to_string_pretty(&list).map_err(json)?;
    text.push('\n');
    folder.write(&format!("{FOLDER}/gallery.json"), text.as_bytes())
}
