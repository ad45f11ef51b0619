//! How much of everything a component holds, and how much it may hold. Whatever makes compiling take long is counted here
//! before anything is compiled; each limit is at least four times what a Python or JavaScript engine needs
//! (ARCHITECTURE.md has the table).

use wasmparser::{BinaryReaderError, ElementItems, FunctionBody, Payload};

use super::problem::Problem;

/// How deep types of a component may lie in each other.
pub(crate) const TYPE_DEPTH_MAX: usize = 64;

/// How much of everything a component holds, all of its modules and inner components together.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// How deep modules and components lie in each other.
    pub(crate) depth: usize,
    /// An upper bound of how deep component types lie in each other.
    pub(crate) type_depth: usize,
    pub(crate) modules: usize,
    pub(crate) components: usize,
    /// Of modules and components.
    pub(crate) instances: usize,
    /// Declarations of component types, and core types.
    pub(crate) types: usize,
    pub(crate) imports: usize,
    pub(crate) exports: usize,
    pub(crate) aliases: usize,
    /// Functions that pass between core modules and the component.
    pub(crate) adapters: usize,
    pub(crate) functions: usize,
    /// The code of the largest function, in bytes.
    pub(crate) function_bytes: usize,
    /// Of the function that has the most.
    pub(crate) locals: usize,
    pub(crate) all_locals: usize,
    pub(crate) tables: usize,
    pub(crate) memories: usize,
    pub(crate) globals: usize,
    pub(crate) elements: usize,
    pub(crate) data_segments: usize,
}

impl Sizes {
    /// Returns each size with its name, its value and its limit.
    pub(crate) fn each(&self) -> [(&'static str, usize, usize); 19] {
        [
            ("levels of modules and components", self.depth, 16),
            ("levels of component types", self.type_depth, TYPE_DEPTH_MAX),
            ("core modules", self.modules, 100),
            ("inner components", self.components, 100),
            ("instances", self.instances, 500),
            ("types", self.types, 20_000),
            ("imports", self.imports, 20_000),
            ("exports", self.exports, 40_000),
            ("aliases", self.aliases, 10_000),
            ("adapters", self.adapters, 2_000),
            ("functions", self.functions, 100_000),
            (
                "bytes of code in one function",
                self.function_bytes,
                2_000_000,
            ),
            ("locals in one function", self.locals, 10_000),
            ("locals", self.all_locals, 1_000_000),
            ("tables", self.tables, 100),
            ("memories", self.memories, 20),
            ("globals", self.globals, 10_000),
            ("elements of tables", self.elements, 100_000),
            ("data segments", self.data_segments, 100_000),
        ]
    }

    /// Checks every size against its limit.
    ///
    /// # Errors
    /// One problem for each that is exceeded.
    pub(crate) fn check(&self) -> Result<(), Vec<Problem>> {
        let over = self
            .each()
            .into_iter()
            .filter(|(_, value, max)| value > max);
        let problems: Vec<Problem> = over
            .map(|(what, value, max)| Problem::TooMuch { what, value, max })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// Adds what a part of a module or component holds.
    pub(super) fn take(&mut self, payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::ModuleSection { .. } => self.modules += 1,
            Payload::ComponentSection { .. } => self.components += 1,
            Payload::InstanceSection(section) => self.instances += count(section.count()),
            Payload::ComponentInstanceSection(section) => self.instances += count(section.count()),
            Payload::CoreTypeSection(section) => self.types += count(section.count()),
            Payload::TypeSection(section) => {
                for group in section {
                    self.types += group?.types().len();
                }
            }
            Payload::ImportSection(section) => {
                for imports in section.into_imports() {
                    imports?;
                    self.imports += 1;
                }
            }
            Payload::ExportSection(section) => self.exports += count(section.count()),
            Payload::ComponentCanonicalSection(section) => self.adapters += count(section.count()),
            Payload::FunctionSection(section) => self.functions += count(section.count()),
            Payload::CodeSectionEntry(body) => self.take_function(&body)?,
            Payload::TableSection(section) => self.tables += count(section.count()),
            Payload::MemorySection(section) => self.memories += count(section.count()),
            Payload::GlobalSection(section) => self.globals += count(section.count()),
            Payload::ElementSection(section) => {
                for segment in section {
                    self.elements += match segment?.items {
                        ElementItems::Functions(items) => count(items.count()),
                        ElementItems::Expressions(_, items) => count(items.count()),
                    };
                }
            }
            Payload::DataSection(section) => self.data_segments += count(section.count()),
            _ => {}
        }
        Ok(())
    }

    fn take_function(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        self.function_bytes = self.function_bytes.max(body.range().len());
        let mut locals = 0_usize;
        for declared in body.get_locals_reader()? {
            locals = locals.saturating_add(count(declared?.0));
        }
        self.locals = self.locals.max(locals);
        self.all_locals = self.all_locals.saturating_add(locals);
        Ok(())
    }
}

pub(super) fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::types::ComponentTypes;

    /// `LOCKGATE_SIZES_OF` names further components, with `:` between them.
    #[test]
    #[ignore = "needs tests/guests/fetch/build"]
    fn limits_are_four_times_what_a_javascript_engine_needs() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/guests/fetch.wasm");
        let more = std::env::var("LOCKGATE_SIZES_OF").unwrap_or_default();
        let more = more.split(':').filter(|path| !path.is_empty());
        for path in more.map(Into::into).chain([own]) {
            let bytes = std::fs::read(&path).expect("a component");
            let types = ComponentTypes::read(&bytes).expect("its types");
            for (what, value, max) in types.sizes.each() {
                assert!(value * 4 <= max, "{}: {value} {what}", path.display());
            }
        }
    }
}
