import BelljarModel
import Testing

@testable import BelljarToolchain

@Suite struct ControlStanzaTests {
    @Test func fieldsKeepTheirOrderAndContinuations() throws {
        let text = "Package: dash\nVersion: 0.5\nDescription: a shell\n small\n .\n  indented\n"
        let stanzas = try ControlStanza.parse(text, file: "control")
        #expect(stanzas.count == 1)
        #expect(stanzas[0].fields.map(\.name) == ["Package", "Version", "Description"])
        #expect(stanzas[0]["description"] == "a shell\nsmall\n.\n indented")
        #expect(stanzas[0].text == text)
    }

    @Test func stanzasAreSeparatedByEmptyLinesAndCommentsSkipped() throws {
        let stanzas = try ControlStanza.parse("# one\nA: 1\n\n\n# two\nA: 2\n  \nA: 3", file: "f")
        #expect(stanzas.map { $0["A"] } == ["1", "2", "3"])
    }

    @Test(arguments: ["no field\n", " continuation\n", ": empty name\n"])
    func whatIsNoFieldIsNamedWithItsLine(_ text: String) throws {
        let error = #expect(throws: BelljarError.self) { try ControlStanza.parse("A: 1\n\n" + text, file: "control") }
        #expect(error?.code == .integrity)
        #expect(error?.subject == "control:3")
    }

    @Test func releaseDate() throws {
        // `date -u -d 'Sat, 17 May 2025 09:18:54 UTC' +%s` and so on.
        #expect(ReleaseFile.seconds(of: "Sat, 17 May 2025 09:18:54 UTC") == 1_747_473_534)
        #expect(ReleaseFile.seconds(of: "Thu, 29 Feb 2024 23:59:59 UTC") == 1_709_251_199)
        #expect(ReleaseFile.seconds(of: "Thu, 01 Jan 1970 00:00:00 UTC") == 0)
        #expect(ReleaseFile.seconds(of: "Fri, 31 Dec 2100 12:00:00 UTC") == 4_133_937_600)
        let wrong = [
            "", "yesterday", "Sat, 17 May 2025 09:18:54 CET", "Sat, 17 Mai 2025 09:18:54 UTC",
            "Sat, 0 May 2025 1:1:1 UTC",
        ]
        for text in wrong { #expect(ReleaseFile.seconds(of: text) == nil) }
    }

    @Test func releaseFileInArmour() throws {
        let text = """
            -----BEGIN PGP SIGNED MESSAGE-----
            Hash: SHA256

            Origin: Debian
            Label: Debian-Security
            Date: Sat, 17 May 2025 09:18:54 UTC
            SHA256:
             0123 12 main/binary-amd64/Packages
            -----BEGIN PGP SIGNATURE-----

            iQIzBAEBCAAdFiEE
            -----END PGP SIGNATURE-----
            """
        let release = try ReleaseFile(text, file: "InRelease")
        #expect(release.label == "Debian-Security")
        #expect(release.date == 1_747_473_534)
        #expect(throws: BelljarError.self) { try ReleaseFile("Origin: Debian\n", file: "InRelease") }
    }
}
