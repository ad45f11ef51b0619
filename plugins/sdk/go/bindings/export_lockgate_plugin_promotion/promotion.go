// Package export_lockgate_plugin_promotion is what the generated exports call: the kit sets the function.
package export_lockgate_plugin_promotion

import (
	types "lockgate.dev/gate/bindings/lockgate_plugin_types"
	wit "lockgate.dev/gate/bindings/wit/types"
)

// Decide answers the call of the contract.
var Decide func(types.Context, []types.NamedReport) wit.Result[types.Answer, string]
