internal import BelljarArchive
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import BelljarUnpack

/// Archives: what they hold is written below a folder, and nothing anywhere else.
enum ArchiveTargets {
    static func archive(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        try extract { root throws(BelljarError) in
            let options = Extractor.Options(dropsSpecialBits: true, dropsSpecialFiles: true, replaces: true)
            let reader = try ArchiveReader(try file(input), name: "archive", limits: limits, opener: opener)
            try Extractor(options: options).extract(reader, into: root)
        }
    }

    static func deb(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        try extract { root throws(BelljarError) in
            let reader = try DebReader(try file(input), name: "package", limits: limits, opener: opener)
            try Extractor().extract(try reader.data(), into: root)
        }
    }

    /// Messages from whoever reads archives, that may be anything: the bytes of its pipe.
    static func messages(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        try extract { root throws(BelljarError) in
            let opener = ArchiveOpener { _, _, _ in Stream(input) }
            let reader = try ArchiveReader(try file([]), name: "archive", limits: limits, opener: opener)
            try Extractor(options: .init(replaces: true)).extract(reader, into: root)
        }
    }

    /// Reads in this process, through the bytes that would be in the pipe.
    static let opener = ArchiveOpener { (job, archive, _) throws(BelljarError) in
        let copy = try hostCall("copy", "a descriptor") { () throws(KernelError) in try archive.duplicate() }
        let stream = Stream([])
        ArchiveScanner(job: job, listener: stream).scan(copy)
        return stream
    }

    private final class Stream: ArchiveMessages, ArchiveListener {
        private var reader = ArchiveMessageReader()

        init(_ bytes: [UInt8]) { reader.append(bytes) }

        func tell(_ message: ArchiveMessage) { reader.append(ArchiveMessageReader.frame(message)) }

        func next() throws(BelljarError) -> ArchiveMessage {
            do throws(WireError) {
                if let message = try reader.next() { return message }
            } catch {
                throw BelljarError(.integrity, operation: "read", subject: "messages", answer: "\(error)")
            }
            throw BelljarError(.integrity, operation: "read", subject: "messages", answer: "they end")
        }
    }

    /// So small that an input which goes over them is a short one too.
    private static let limits = ArchiveLimits(entries: 200, bytes: 1 << 20, depth: 16, pathBytes: 512)

    private static func file(_ bytes: [UInt8]) throws(BelljarError) -> Descriptor {
        try hostCall("make", "a file in memory") { () throws(KernelError) in
            let file = try Descriptor.memoryFile("fuzz")
            try file.writeAll(bytes)
            return file
        }
    }

    /// Runs an extraction into an empty folder, and looks whether anything beside that folder has changed.
    private static func extract(
        _ body: (borrowing Descriptor) throws(BelljarError) -> Void
    ) throws(FuzzFinding) -> Bool {
        do throws(KernelError) {
            let base = Host.environment("TMPDIR") ?? "/tmp"
            let path = "\(base)/belljar-fuzz-\(Host.processId)-\(UInt64.random(in: 0 ... .max))"
            try Descriptor.workingDirectory.makeDirectory(path, mode: 0o700)
            defer { try? Descriptor.workingDirectory.removeTree(path) }
            let parent = try Descriptor.workingDirectory.open(path, .directory)
            try parent.makeDirectory("root", mode: 0o700)
            try parent.open("beside", [.write, .create], mode: 0o600).writeAll([1])
            let root = try parent.open("root", .directory)
            let result: Void? = accepted { () throws(BelljarError) in try body(root) }
            let names = try parent.entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
            let beside = try parent.open("beside").readAll(limit: 16)
            guard names == ["beside", "root"], beside == [1] else {
                throw KernelError.notPermitted("extract", "changed what is beside its folder")
            }
            return result != nil
        } catch {
            throw FuzzFinding("\(error)")
        }
    }
}
