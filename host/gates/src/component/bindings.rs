//! The contract as Rust types, generated from `wit/plugin-0.1`. Holds no code of ours, so that lint exceptions stay here.

pub(crate) mod host {
    wasmtime::component::bindgen!({
        path: "../../wit/plugin-0.1",
        world: "host",
        imports: { default: async },
        require_store_data_send: true,
    });
}

pub(crate) mod health_check {
    wasmtime::component::bindgen!({
        path: "../../wit/plugin-0.1",
        world: "health-check",
        imports: { default: async },
        exports: { default: async },
        require_store_data_send: true,
        with: {
            "lockgate:plugin/types": crate::component::bindings::host::lockgate::plugin::types,
            "lockgate:plugin/http": crate::component::bindings::host::lockgate::plugin::http,
            "lockgate:plugin/clock": crate::component::bindings::host::lockgate::plugin::clock,
            "lockgate:plugin/log": crate::component::bindings::host::lockgate::plugin::log,
            "lockgate:plugin/traffic": crate::component::bindings::host::lockgate::plugin::traffic,
        },
    });
}

pub(crate) mod promotion_gate {
    wasmtime::component::bindgen!({
        path: "../../wit/plugin-0.1",
        world: "promotion-gate",
        imports: { default: async },
        exports: { default: async },
        require_store_data_send: true,
        with: {
            "lockgate:plugin/types": crate::component::bindings::host::lockgate::plugin::types,
            "lockgate:plugin/http": crate::component::bindings::host::lockgate::plugin::http,
            "lockgate:plugin/clock": crate::component::bindings::host::lockgate::plugin::clock,
            "lockgate:plugin/log": crate::component::bindings::host::lockgate::plugin::log,
            "lockgate:plugin/traffic": crate::component::bindings::host::lockgate::plugin::traffic,
        },
    });
}
