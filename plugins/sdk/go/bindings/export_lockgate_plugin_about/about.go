// Package export_lockgate_plugin_about is what the generated exports call: the kit sets the function.
package export_lockgate_plugin_about

// Describe answers the call of the contract.
var Describe func() string
