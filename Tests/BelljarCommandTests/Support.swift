import BelljarKernel

/// Tests that care run as an ordinary user and as root.
var isRoot: Bool { Host.effectiveUid == 0 }
