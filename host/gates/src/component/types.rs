//! Reads a component's imports, exports and sizes out of its bytes, in milliseconds: nothing is compiled, and the code of
//! functions is not looked at. Judges nothing; `world.rs` and `sizes.rs` do.
//!
//! Reading a type descends into it, so the depth of types is bounded before any of them is read.

use std::ops::Range;
use std::sync::Arc;

use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind,
    ComponentType, ComponentTypeDeclaration, ComponentTypeRef, InstanceTypeDeclaration, Parser,
    Payload, TypeBounds,
};

use super::sizes::{Sizes, TYPE_DEPTH_MAX, count};

/// What the bytes of a component say about it.
#[derive(Debug, Default)]
pub(crate) struct ComponentTypes {
    pub(crate) imports: Vec<Import>,
    /// The names of its exports.
    pub(crate) exports: Vec<String>,
    pub(crate) sizes: Sizes,
}

/// One import of a component.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) name: String,
    pub(crate) is_instance: bool,
    /// The functions that it wants of an instance; `None` where the type comes from elsewhere in the component.
    pub(crate) functions: Functions,
}

/// The functions of an instance type, which many imports may share; `None` for every other type.
pub(crate) type Functions = Option<Arc<[String]>>;

impl ComponentTypes {
    /// Reads a component.
    ///
    /// # Errors
    /// When the bytes are not those of a component, as far as they are read.
    pub(crate) fn read(bytes: &[u8]) -> Result<ComponentTypes, BinaryReaderError> {
        let mut reading = Reading {
            bytes,
            found: ComponentTypes::default(),
            known: Vec::new(),
            depth: 0,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            reading.take(payload?)?;
            // The rest would be of no use, and may be as large as the file.
            if reading.found.sizes.type_depth > TYPE_DEPTH_MAX {
                break;
            }
        }
        Ok(reading.found)
    }
}

struct Reading<'a> {
    bytes: &'a [u8],
    found: ComponentTypes,
    /// The types of the outermost component, by index.
    known: Vec<Functions>,
    /// How many modules and components are open.
    depth: usize,
}

impl Reading<'_> {
    fn take(&mut self, payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::Version { .. } => {
                self.depth += 1;
                let deepest = &mut self.found.sizes.depth;
                *deepest = self.depth.max(*deepest);
            }
            Payload::End(_) => self.depth -= 1,
            Payload::ComponentTypeSection(section) => {
                self.bound_depth(&section.range());
                if self.found.sizes.type_depth > TYPE_DEPTH_MAX {
                    return Ok(());
                }
                for ty in section {
                    let ty = ty?;
                    self.found.sizes.types += declarations(&ty);
                    self.know(functions(&ty));
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    self.import(import.name.name, &import.ty);
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Type {
                        self.know(None);
                    }
                    if self.is_outermost() {
                        self.found.exports.push(export.name.name.to_owned());
                    }
                    self.found.sizes.exports += 1;
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    if is_type(&alias?) {
                        self.know(None);
                    }
                    self.found.sizes.aliases += 1;
                }
            }
            payload => self.found.sizes.take(payload)?,
        }
        Ok(())
    }

    fn is_outermost(&self) -> bool {
        self.depth == 1
    }

    fn know(&mut self, ty: Functions) {
        if self.is_outermost() {
            self.known.push(ty);
        }
    }

    fn import(&mut self, name: &str, ty: &ComponentTypeRef) {
        self.found.sizes.imports += 1;
        if let ComponentTypeRef::Type(bounds) = ty {
            let same = match bounds {
                TypeBounds::Eq(index) => self.known(*index),
                TypeBounds::SubResource => None,
            };
            self.know(same);
        }
        if !self.is_outermost() {
            return;
        }
        let functions = match ty {
            ComponentTypeRef::Instance(index) => self.known(*index),
            _ => None,
        };
        self.found.imports.push(Import {
            name: name.to_owned(),
            is_instance: matches!(ty, ComponentTypeRef::Instance(_)),
            functions,
        });
    }

    fn known(&self, index: u32) -> Functions {
        self.known.get(count(index)).cloned().flatten()
    }

    /// Notes an upper bound of how deep the types of a section lie in each other. One within another begins with these two
    /// bytes, whatever stands around it; a name may have them too.
    fn bound_depth(&mut self, range: &Range<usize>) {
        const TYPE: u8 = 0x01;
        const COMPONENT_OR_INSTANCE: [u8; 2] = [0x41, 0x42];
        let section = self.bytes.get(range.clone()).unwrap_or_default();
        let inner = section
            .windows(2)
            .filter(|pair| pair[0] == TYPE && COMPONENT_OR_INSTANCE.contains(&pair[1]));
        let deepest = &mut self.found.sizes.type_depth;
        *deepest = (1 + inner.count()).max(*deepest);
    }
}

fn functions(ty: &ComponentType<'_>) -> Functions {
    let ComponentType::Instance(declared) = ty else {
        return None;
    };
    let functions = declared.iter().filter_map(|declared| match declared {
        InstanceTypeDeclaration::Export {
            name,
            ty: ComponentTypeRef::Func(_),
        } => Some(name.name.to_owned()),
        _ => None,
    });
    Some(functions.collect())
}

/// Returns how many declarations a type is made of, itself included.
fn declarations(ty: &ComponentType<'_>) -> usize {
    let within = |ty: &ComponentType<'_>| 1 + declarations(ty);
    match ty {
        ComponentType::Instance(declared) => {
            let inner = declared.iter().map(|declared| match declared {
                InstanceTypeDeclaration::Type(ty) => within(ty),
                _ => 1,
            });
            1 + inner.sum::<usize>()
        }
        ComponentType::Component(declared) => {
            let inner = declared.iter().map(|declared| match declared {
                ComponentTypeDeclaration::Type(ty) => within(ty),
                _ => 1,
            });
            1 + inner.sum::<usize>()
        }
        _ => 1,
    }
}

fn is_type(alias: &ComponentAlias<'_>) -> bool {
    match alias {
        ComponentAlias::InstanceExport { kind, .. } => *kind == ComponentExternalKind::Type,
        ComponentAlias::Outer { kind, .. } => *kind == ComponentOuterAliasKind::Type,
        ComponentAlias::CoreInstanceExport { .. } => false,
    }
}
