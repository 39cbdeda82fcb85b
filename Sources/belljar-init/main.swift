internal import BelljarArchive
internal import BelljarInit
internal import BelljarKernel
internal import BelljarPlan

// In each of its modes, before anything is opened.
StartingPoint.secureDescriptors(elseExitWith: 9)
let arguments = ProgramArguments.given
if arguments.count > 1, arguments[0] == "--probe" { runProbe(Array(arguments.dropFirst())) }
// Whatever follows meets what is hostile. Only belljar starts it, with this environment and no other: what a build would
// like to have in it decides nothing here.
guard Host.environmentIs(Plan.environment.map { "\($0.key)=\($0.value)" }) else {
    print("belljar-init: only belljar starts this program")
    exitProcess(2)
}
if arguments.first == "--keep-terminal" {
    TerminalLoan.keep(until: Descriptor(owning: 3), ready: Descriptor(owning: 4))
    exitProcess(0)
}
if arguments.first == "--parse" {
    Confinement.main(arguments) { job, archive, writer in
        ArchiveScanner(job: job, listener: writer).scan(archive)
    }
}
Init.main(arguments)
