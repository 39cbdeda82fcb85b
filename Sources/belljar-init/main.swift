internal import BelljarArchive
internal import BelljarInit
internal import BelljarPlan

if CommandLine.arguments.count > 2, CommandLine.arguments[1] == "--probe" {
    runProbe(Array(CommandLine.arguments.dropFirst(2)))
}
if CommandLine.arguments.count == 2, CommandLine.arguments[1] == "--parse" {
    Confinement.main { job, archive, writer in
        ArchiveParser(readsMembers: job == .package, listener: writer).parse(archive)
    }
}
Init.main()
