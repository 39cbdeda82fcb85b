import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarDiff

/// Programs, pictures, documents and bytecode.
@Suite struct FormTests {
    private let fixture: DiffFixture
    private var folder: TestFolder { fixture.folder }

    init() throws { fixture = try DiffFixture() }

    // MARK: ELF

    private func compile(_ text: String, to name: String, _ options: String = "") throws {
        try folder.write("x.c", text)
        try fixture.shell("gcc -g0 -O1 \(options) -Wl,--build-id x.c -o \(name)")
    }

    private static func program(_ text: String) -> String {
        "#include <stdio.h>\nint main(void) { puts(\"\(text)\"); return 0; }\n"
    }

    @Test func sectionsOfPrograms() throws {
        try compile(Self.program("built Jan  1 2024 00:00:00"), to: "a")
        try compile(Self.program("built Feb 12 2025 13:00:01"), to: "b")
        let found = try #require(try fixture.difference())
        #expect(found.form == .elf)
        #expect(found.parts.map(\.name) == [".note.gnu.build-id", ".rodata"])
        #expect(found.part(".rodata")?.patch.contains("-built Jan  1 2024 00:00:00") == true, "\(found)")
        #expect(found.part(".note.gnu.build-id")?.property("build ID")?.compactMap(\.self).count == 2)
        #expect(found.allCauses.map(\.cause).sorted { $0.rawValue < $1.rawValue } == [.buildID, .embeddedDate])
        #expect(found.summary == "ELF: .rodata, .note.gnu.build-id")
    }

    @Test func sectionsThatOnlyOneHas() throws {
        try compile(Self.program("x"), to: "a")
        try compile(Self.program("x"), to: "b")
        try fixture.shell("objcopy --remove-section .comment b")
        let found = try #require(try fixture.difference())
        #expect(found.part(".comment")?.change == .onlyInFirst)
    }

    @Test func symbolsAndLibraries() throws {
        try compile(Self.program("x"), to: "a")
        try compile(
            Self.program("x") + "int added(int x) { return x * 3; }\n", to: "b",
            "-lm -Wl,--no-as-needed -lm -Wl,-rpath,/opt/x")
        let found = try #require(try fixture.difference())
        #expect(
            found.part(".dynamic")?.patch.contains("+NEEDED libm.so.6") == true,
            "\(String(describing: found.part(".dynamic")))")
        #expect(found.part(".dynamic")?.patch.contains("+RUNPATH /opt/x") == true)
        #expect(found.part(".symtab")?.patch.contains { $0.hasPrefix("+FUNC GLOBAL added, ") } == true)
    }

    @Test func headersOfPrograms() throws {
        try compile(Self.program("x"), to: "a")
        var bytes = try folder.bytes("a")
        bytes[18] = 183
        try folder.write("b", bytes)
        #expect(try fixture.difference()?.property("machine") == ["x86-64", "AArch64"])
    }

    /// Each byte of the header and of the table, changed to what does most harm: nothing is believed that leads out of the file.
    @Test func headersThatLie() throws {
        try compile(Self.program("x"), to: "a")
        let good = try folder.bytes("a")
        let table = Int(try #require(good.littleEndian(40, 8)))
        var refused = 0
        for place in Array(16..<64) + Array(table..<table + 192) {
            for value in [UInt8(0), 0x7f, 0xff] where good[place] != value {
                var bad = good
                bad[place] = value
                let found = try #require(try fixture.difference(of: good, bad))
                if found.notes.contains(where: { $0.hasPrefix("not read as ELF") }) { refused += 1 }
            }
        }
        #expect(refused > 50)
    }

    @Test(arguments: [4, 5, 20, 51, 63, 64, 100, 1000]) func programsThatAreCutOff(length: Int) throws {
        try compile(Self.program("x"), to: "a")
        let found = try #require(
            try fixture.difference(of: try folder.bytes("a"), Array(try folder.bytes("a").prefix(length))))
        #expect(found.detail != .none || !found.parts.isEmpty)
    }

    // MARK: Others

    private static func chunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        let length = UInt32(content.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32($0))) } + Array(kind.utf8) + content
            + [1, 2, 3, 4]
    }

    private static func png(_ date: String, time: [UInt8]) -> [UInt8] {
        [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IHDR", [0, 0, 0, 2, 0, 0, 0, 3, 8, 2, 0, 0, 0])
            + chunk("tEXt", Array("date:create\0\(date)".utf8)) + chunk("tIME", time) + chunk("IDAT", [1, 2, 3])
            + chunk("IEND", [])
    }

    @Test func picturesOfPNG() throws {
        let found = try #require(
            try fixture.difference(
                of: Self.png("2024-01-01T00:00:00+00:00", time: [7, 232, 1, 1, 0, 0, 0]),
                Self.png("2025-02-12T13:00:00+00:00", time: [7, 233, 2, 12, 13, 0, 0])))
        #expect(found.property("tEXt date:create") == ["2024-01-01T00:00:00+00:00", "2025-02-12T13:00:00+00:00"])
        #expect(found.property("tIME") == ["2024-01-01 00:00:00", "2025-02-12 13:00:00"])
        #expect(found.causes.map(\.cause) == [.embeddedDate])
        #expect(found.notes.isEmpty)
    }

    @Test func picturesThatLie() throws {
        let good = Self.png("2024", time: [7, 232, 1, 1, 0, 0, 0])
        for place in 8..<good.count {
            var bad = good
            bad[place] ^= 0xff
            #expect(try fixture.difference(of: good, bad) != nil)
        }
        #expect(try fixture.difference(of: good, Array(good.dropLast(10))) != nil)
    }

    @Test func documentsOfPDF() throws {
        func document(_ date: String, _ id: String) -> String {
            "%PDF-1.4\n1 0 obj\n<</Producer(TeX)/CreationDate(D:\(date))>>\nendobj\ntrailer <</ID [<\(id)> <\(id)>]>>\n"
        }
        let found = try #require(
            try fixture.difference(of: document("20240101000000Z", "00aa"), document("20250212130000Z", "11bb")))
        #expect(found.property("CreationDate") == ["(D:20240101000000Z)", "(D:20250212130000Z)"])
        #expect(found.property("ID") == ["[<00aa> <00aa>]", "[<11bb> <11bb>]"])
        #expect(found.causes.map(\.cause) == [.embeddedDate])
    }

    @Test func bytecodeOfPython() throws {
        try fixture.shell(
            """
            echo 'x = 1' > m.py; touch -d @1700000000 m.py; python3 -c 'import py_compile; py_compile.compile("m.py", "a.pyc")'
            touch -d @1600000000 m.py; python3 -c 'import py_compile; py_compile.compile("m.py", "b.pyc")'
            """)
        let found = try #require(try fixture.difference("a.pyc", "b.pyc", named: "m.pyc"))
        #expect(found.form == .pyc)
        #expect(found.property("time of the source") == ["2023-11-14 22:13:20 UTC", "2020-09-13 12:26:40 UTC"])
        #expect(found.parts.isEmpty)
        #expect(found.causes.map(\.cause) == [.embeddedDate])
    }

    /// The same class twice, of which one says another text.
    @Test func classesOfJava() throws {
        func made(_ text: String) -> [UInt8] {
            let constant = [1, 0, UInt8(text.utf8.count)] + Array(text.utf8)
            return [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 4] + constant + [5, 0, 0, 0, 0, 0, 0, 0, 7] + [
                0, 0x21, 0, 1,
            ]
        }
        let found = try #require(try fixture.difference(of: made("built 2024-01-01"), made("built 2025-02-12")))
        #expect(found.form == .javaClass)
        #expect(
            found.part("constants")?.patch == [
                "@@ -1,2 +1,2 @@", "-built 2024-01-01", "+built 2025-02-12", " #5 0000000000000007",
            ])
        let whole = made("x")
        for length in 8..<whole.count { #expect(try fixture.difference(of: whole, Array(whole.prefix(length))) != nil) }
    }

    @Test func databasesOfSQLite() throws {
        try fixture.shell(
            """
            python3 - <<'P'
            import sqlite3
            for name, version in (("a", 1), ("b", 2)):
                db = sqlite3.connect(name); db.execute("create table t (x)"); db.execute(f"pragma user_version={version}"); db.commit(); db.close()
            P
            """)
        let found = try #require(try fixture.difference())
        #expect(found.form == .sqlite)
        #expect(found.property("user version") == ["1", "2"])
        #expect(found.bytes != nil)
    }
}
