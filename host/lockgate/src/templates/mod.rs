//! Gates to begin with, as `lockgate gate new` writes them: one template for each language, in `plugins/templates`, and the
//! kit of the language, in `plugins/sdk`. All of it is part of the executable. Read `files` for what is in them, `language`
//! for what differs between languages, `render` for what a template becomes, and `folder` for how it is written.

mod files;
mod folder;
mod language;
mod name;
mod render;

pub(crate) use folder::NewFolder;
pub(crate) use language::Language;
pub(crate) use name::GateName;
pub(crate) use render::{NewGate, RenderedFile};
