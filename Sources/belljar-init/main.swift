internal import BelljarArchive
internal import BelljarInit
internal import BelljarKernel
internal import BelljarPlan

let arguments = ProgramArguments.given
if arguments.count > 1, arguments[0] == "--probe" { runProbe(Array(arguments.dropFirst())) }
if arguments == ["--parse"] {
    Confinement.main { job, archive, writer in
        ArchiveParser(readsMembers: job == .package, listener: writer).parse(archive)
    }
}
Init.main()
