internal import BelljarKernel
internal import BelljarPlan

/// The way to the parent: a SOCK_SEQPACKET socket. Not a pipe, because a socket keeps messages apart when several
/// processes send, can hand over descriptors (`/out`), and goes both ways.
///
/// There is one for the whole life of a process, like its standard output, so it belongs to no value.
enum ReportChannel {
    private static let socket = Descriptor(owning: Plan.DescriptorNumber.report)

    static var number: Int32 { socket.number }

    /// Tells the parent. A parent that is gone is no reason to stop here: the lifeline says so too, and that is where
    /// it is dealt with.
    static func send(_ report: Report, descriptors: [Int32] = []) {
        try? socket.send(report.encoded(), descriptors: descriptors)
    }

    /// Takes the parent's permission to go on, which must have arrived.
    ///
    /// - Returns: whether there was one; false when the parent is gone.
    static func takePermission() throws(KernelError) -> Bool {
        try !socket.receive(limit: 16).bytes.isEmpty
    }
}
