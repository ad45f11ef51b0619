// Package export_lockgate_plugin_health_checking is what the generated exports call: the kit sets the function.
package export_lockgate_plugin_health_checking

import (
	types "lockgate.dev/gate/bindings/lockgate_plugin_types"
	wit "lockgate.dev/gate/bindings/wit/types"
)

// Check answers the call of the contract.
var Check func(types.Context) wit.Result[types.HealthReport, string]
