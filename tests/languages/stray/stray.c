__attribute__((export_name("run"))) unsigned run(void) { return 7; }
