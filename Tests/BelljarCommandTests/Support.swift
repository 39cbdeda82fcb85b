import BelljarKernel

/// Tests that care run as an ordinary user and as root.
var isRoot: Bool { Host.effectiveUid == 0 }

func pause(milliseconds: Int32) { pause(until: .after(milliseconds: UInt64(milliseconds))) }
