import BelljarKernel

/// Tests that care run as an ordinary user and as root.
var isRoot: Bool { Host.effectiveUid == 0 }

func pause(milliseconds: Int32) { _ = try? poll([(-1, .readable)], timeoutMilliseconds: milliseconds) }
