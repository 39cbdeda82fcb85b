import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarBuild

/// Where secrets are read from, and what is none.
@Suite struct SecretValueTests {
    private func remedy(_ origin: SecretOrigin) -> String? {
        do throws(BelljarError) {
            _ = try SecretValue.read("token", from: origin, recipe: "r")
            return nil
        } catch { return error.remedy }
    }

    /// How long a secret may be does not help who has none.
    @Test func theRemedyIsAboutWhatIsWrong() throws {
        let fixture = try SourceFixture()
        try fixture.write("short", "1234567")
        try fixture.write("large", String(repeating: "x", count: (64 << 10) + 1))
        for name in ["short", "large"] {
            #expect(remedy(.file(fixture.path + "/" + name)) == "use a secret of 8 to 65536 bytes")
        }
        #expect(remedy(.file(fixture.path + "/none"))?.hasPrefix("put the secret there") == true)
        #expect(remedy(.file("/dev/null"))?.contains("NAME=file:PATH") == true)
        #expect(remedy(.variable("BELLJAR_NOT_SET"))?.hasPrefix("set it") == true)
    }

    private func answer(_ origin: SecretOrigin) -> String? {
        do throws(BelljarError) {
            _ = try SecretValue.read("token", from: origin, recipe: "r")
            return nil
        } catch {
            #expect(error.code == .usage && error.subject == "token of r" && error.remedy != nil)
            return error.answer
        }
    }

    @Test func aFileIsTakenAsItIs() throws {
        let fixture = try SourceFixture()
        for bytes in [
            [0, 0xff, 0, 1, 2, 3, 4, 5, 6], Array("some secret\n\n".utf8), [UInt8](repeating: 7, count: 64 << 10),
        ] {
            let file = try Descriptor.makeDirectories(fixture.path).open("key", [.write, .create, .truncate])
            try file.writeAll(bytes)
            #expect(try SecretValue.read("t", from: .file(fixture.path + "/key"), recipe: "r").bytes == bytes)
        }
    }

    @Test func whatIsNoSecretIsSaid() throws {
        let fixture = try SourceFixture()
        let folder = try Descriptor.makeDirectories(fixture.path)
        try fixture.write("empty", "")
        try fixture.write("space", String(repeating: " ", count: 100) + "1234567\n")
        try fixture.write("large", String(repeating: "x", count: (64 << 10) + 1))
        try fixture.write("closed", "a secret of mine", mode: 0)
        // No writer ever opens it: whoever waits for one waits for ever.
        try folder.makeFifo("fifo")
        try fixture.link("loop", to: "loop")
        func answer(_ name: String) -> String? { self.answer(.file(fixture.path + "/" + name)) }
        func file(_ name: String) -> String { "file \(fixture.path)/\(name): " }
        let short = "without white space it has fewer than 8 bytes, too few to find it in outputs and logs"
        #expect(answer("empty") == file("empty") + short)
        #expect(answer("space") == file("space") + short)
        #expect(answer("large") == file("large") + "File too large (EFBIG)")
        #expect(answer("fifo") == file("fifo") + "it is a FIFO, not a regular file")
        #expect(answer(".") == file(".") + "it is a directory, not a regular file")
        #expect(answer("loop") == file("loop") + "Too many levels of symbolic links (ELOOP)")
        #expect(self.answer(.file("/dev/null")) == "file /dev/null: it is a character device, not a regular file")
        if Host.effectiveUid != 0 { #expect(answer("closed") == file("closed") + "Permission denied (EACCES)") }
        #expect(self.answer(.variable("BELLJAR_NOT_SET")) == "variable BELLJAR_NOT_SET: it is not set, or empty")
    }
}
