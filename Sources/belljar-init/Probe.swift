internal import BelljarKernel

/// Tries out one feature of the host (`belljar-init --probe NAME`), prints one line about it and ends.
///
/// A process of its own for each probe, single-threaded and static, so that it may unshare and mount as it likes and
/// a bad host hurts nobody else.
func runProbe(_ name: String) -> Never {
    print("unknown \(name)")
    exitProcess(2)
}
