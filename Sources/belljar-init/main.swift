if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--probe" {
    runProbe(CommandLine.arguments[2])
}
