import BelljarKernel
import Testing

@Suite struct ProcessTests {
    /// Runs a shell script with its standard output on a pipe.
    private func output(
        of script: String, environment: [String: String] = [:], directory: String? = nil
    ) throws -> (text: String, end: ProcessEnd) {
        let pipe = try Pipe()
        var child = try ChildProcess.spawn(
            "/bin/sh", argv: ["sh", "-c", script], environment: environment,
            descriptors: [(source: pipe.writer.number, target: 1)], directory: directory)
        let reader = pipe.closingWriter()
        let text = String(decoding: try reader.readAll(limit: 1 << 20), as: UTF8.self)
        return (text, try child.wait())
    }

    @Test func givesExactlyTheEnvironmentAndDirectory() throws {
        let found = try output(of: "/usr/bin/env; pwd", environment: ["B": "2", "A": "1"], directory: "/usr")
        #expect(found.text == "A=1\nB=2\nPWD=/usr\n/usr\n")
        #expect(found.end.exit == .status(0))
    }

    @Test func passesOnlyTheNamedDescriptors() throws {
        let extra = try Pipe()
        let kept = try extra.reader.duplicate()
        let found = try output(of: "for n in 0 1 2 \(kept.number); do test -e /proc/$$/fd/$n && echo $n; done")
        #expect(found.text == "1\n")
    }

    @Test func swapsDescriptorsThatOverlap() throws {
        let first = try Pipe()
        let second = try Pipe()
        let low = first.writer.number
        var child = try ChildProcess.spawn(
            "/bin/sh", argv: ["sh", "-c", "printf one >/proc/self/fd/\(low + 1); printf two >/proc/self/fd/\(low)"],
            environment: [:],
            descriptors: [(first.writer.number, low + 1), (second.writer.number, low)])
        try #require(try child.wait().exit == .status(0))
        var buffer = [UInt8](repeating: 0, count: 8)
        let one = try unsafe buffer.withUnsafeMutableBytes { try unsafe first.reader.read(into: $0) }
        #expect(String(decoding: buffer.prefix(one), as: UTF8.self) == "one")
        let two = try unsafe buffer.withUnsafeMutableBytes { try unsafe second.reader.read(into: $0) }
        #expect(String(decoding: buffer.prefix(two), as: UTF8.self) == "two")
    }

    @Test func reportsStatusAndSignal() throws {
        #expect(try output(of: "exit 7").end.exit == .status(7))
        #expect(try output(of: "kill -9 $$").end.exit == .signal(9))
        #expect(try output(of: "true").end.peakBytes > 0)
    }

    @Test func namesAProgramThatIsNotThere() {
        #expect(throws: KernelError(call: "posix_spawn", subject: "/no/such", number: 2)) {
            var child = try ChildProcess.spawn("/no/such", argv: ["x"], environment: [:], descriptors: [])
            _ = try child.wait()
        }
    }

    @Test func refusesAnArgumentThatCWouldCutShort() {
        #expect(throws: KernelError.self) {
            _ = try ChildProcess.spawn("/bin/true", argv: ["true", "a\0b"], environment: [:], descriptors: [])
        }
    }

    @Test func killsAChildThatNobodyWaitedFor() throws {
        let pipe = try Pipe()
        do {
            _ = try ChildProcess.spawn(
                "/bin/sleep", argv: ["sleep", "60"], environment: [:], descriptors: [(pipe.writer.number, 1)])
        }
        let reader = pipe.closingWriter()
        // The end of the file comes only when the last writer is gone.
        #expect(try reader.readAll(limit: 10).isEmpty)
    }

    @Test func pollTellsWhatIsReady() throws {
        let pipe = try Pipe()
        let number = pipe.reader.number
        #expect(try poll([(number, .readable)], until: .passed) == [[]])
        try pipe.writer.writeAll([1])
        #expect(try poll([(-1, .readable), (number, .readable)], until: nil) == [[], .readable])
    }
}
