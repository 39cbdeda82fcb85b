internal import BelljarInit

if CommandLine.arguments.count > 2, CommandLine.arguments[1] == "--probe" {
    runProbe(Array(CommandLine.arguments.dropFirst(2)))
}
Init.main()
