package import BelljarControls

/// What the parent tells belljar-init when it is to read archives instead of running a build: `belljar-init --parse`.
///
/// Travels as the bytes of `encoded()` in a sealed memfd. What is started so enters namespaces and then waits for requests:
/// messages of one byte, the job, with three descriptors: the archive, open for reading; the writing end of a pipe for
/// `ArchiveMessage`s; a socket for the `ArchiveReaderEnd`. Each is carried out by a process of its own. It ends when nobody can
/// send a request any more.
package struct ArchiveReaderPlan: Hashable, Sendable {
    /// The descriptors that belljar-init is started with. 0, 1 and 2 are `/dev/null`, and no other is open.
    package enum DescriptorNumber {
        /// The sealed memfd with the plan.
        package static let plan: Int32 = 3
        /// A `SOCK_SEQPACKET` socket: first a message to the parent, `opened` or `unconfined`, then requests.
        package static let requests: Int32 = 4
    }

    /// The descriptors of the process that reads one archive; no other is open. 2 is `/dev/null`.
    package enum ReaderDescriptorNumber {
        package static let archive: Int32 = 0
        package static let messages: Int32 = 1
    }

    package enum Job: UInt8, Hashable, Sendable, CaseIterable {
        /// Read an archive.
        case archive
        /// Read a Debian package: members that begin with `control.tar` or `data.tar` are read as archives themselves.
        case package
        /// Read an archive to compare it with another: headers have their details, cpio is read too, and what is packed and no
        /// archive is a member without a name.
        case inspect
    }

    /// The unprivileged account to become before anything else; nil if belljar-init is not started as root.
    package var account: Account?
    /// Compiled seccomp filter (an array of `struct sock_filter`).
    package var filter: [UInt8]

    /// The largest plan that is read, in bytes: a filter has at most 4096 instructions of 8 bytes.
    package static let maximumSize = 1 << 16

    package init(account: Account?, filter: [UInt8]) {
        self.account = account
        self.filter = filter
    }

    /// "BJPA" and the version of the format; see `Plan`.
    fileprivate static let magic: UInt32 = 0x4150_4a42
    fileprivate static let version: UInt32 = 4

    package func encoded() -> [UInt8] { whole() }

    package init(decoding bytes: [UInt8]) throws(WireError) { try self.init(whole: bytes) }
}

extension ArchiveReaderPlan: WireValue {
    static var blank: ArchiveReaderPlan { .init(account: nil, filter: []) }

    mutating func carry<Side: WireSide>(_ wire: inout Side) throws(Side.Failure) {
        try wire.carryHead(
            magic: ArchiveReaderPlan.magic, version: ArchiveReaderPlan.version, else: "not an archive reader's plan")
        try wire.carry(&account)
        try wire.carry(&filter)
    }
}

/// How the process that read an archive ended, as the one that started it tells.
package struct ArchiveReaderEnd: Hashable, Sendable {
    package var isSignal: Bool
    /// Exit status or signal, 0 to 255.
    package var code: UInt8

    package init(isSignal: Bool, code: UInt8) {
        self.isSignal = isSignal
        self.code = code
    }

    /// Bytes of `encoded()`.
    package static let size = 2

    package func encoded() -> [UInt8] { [isSignal ? 1 : 0, code] }

    /// Nil for what is none.
    package init?(decoding bytes: [UInt8]) {
        guard bytes.count == Self.size, bytes[0] < 2 else { return nil }
        self.init(isSignal: bytes[0] == 1, code: bytes[1])
    }
}
