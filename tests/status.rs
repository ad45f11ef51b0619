//! `lockgate status --as`: the traffic as the code of the infrastructure has it.

use crate::support::{Emulator, Lockgate};

#[test]
fn traffic_after_a_promotion_is_printed_as_code_to_be_pasted() {
    let emulator = Emulator::healthy();
    Lockgate::on(&emulator, "rollout").run().ends(0, &emulator);
    let terraform = Lockgate::on(&emulator, "status --as terraform").run();
    let block = "traffic_weight {\n  revision_suffix = \"v2\"\n  percentage      = 100\n}\n";
    assert_eq!(terraform.exits(0).stdout, block);
    let bicep = Lockgate::on(&emulator, "status --as bicep").run();
    let array = "traffic: [\n  {\n    revisionName: 'shop--v2'\n    weight: 100\n  }\n]\n";
    assert_eq!(bicep.exits(0).stdout, array);
    assert_eq!(bicep.stderr, "");
}

#[test]
fn weights_of_a_run_that_goes_on_are_said_not_to_be_the_last() {
    let emulator = Emulator::healthy();
    let pausing = |command| {
        let stages = "[rollout]\nstages = [{ weight = 10, pause = true }, 100]\n";
        Lockgate::on(&emulator, command).replacing("[rollout]\n", stages)
    };
    pausing("rollout").run().exits(13);
    let status = pausing("status --as bicep").run();
    status.exits(0).says("    weight: 10\n");
    let note = "holds the app, so these weights are not its last ones";
    assert!(status.stderr.contains(note), "{status}");
}

#[test]
fn code_and_json_are_not_asked_for_together() {
    let emulator = Emulator::healthy();
    let status = Lockgate::on(&emulator, "status --as bicep --output json").run();
    status.exits(2).says("leave one of them out");
    let status = Lockgate::on(&emulator, "status --as pulumi").run();
    status.exits(2).says("terraform");
}
