import BelljarModel
import Testing

@Suite struct SourceAddressTests {
    @Test func bothKindsAreRead() throws {
        #expect(try SourceAddress("debian:pool/a.tar") == .archive(name: "debian", path: "pool/a.tar"))
        #expect(try SourceAddress("https://example.org/a?b=c") == .url("https://example.org/a?b=c"))
    }

    /// What a record says of an address is what its recipe said.
    @Test(arguments: ["debian:pool/main/h/hello/hello_2.10.orig.tar.gz", "http://example.org:80/x"])
    func textsAreKept(text: String) throws {
        #expect(try SourceAddress(text).description == text)
    }

    @Test(arguments: [
        "debian:../a.tar", "debian:/a", "debian:", ":a", "Debian:a", "a", "", "ftp://example.org/a", "https://",
        "https://example.org/#a", "https://example.org/a b",
    ])
    func othersAreRefused(text: String) {
        let mistake = #expect(throws: TextMistake.self) { try SourceAddress(text) }
        #expect(mistake?.isSecret == false)
    }

    @Test func aPasswordIsNotRepeated() {
        let mistake = #expect(throws: TextMistake.self) { try SourceAddress("https://me:secret@example.org/a") }
        #expect(mistake?.isSecret == true)
    }
}
