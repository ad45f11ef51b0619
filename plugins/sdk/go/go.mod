module lockgate.dev/gate

go 1.25
