import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarDiff

/// Files of each form with bytes changed, cut out and put in, by chance: a comparison always ends with a difference.
@Suite struct HostileFormTests {
    private let fixture: DiffFixture
    private var folder: TestFolder { fixture.folder }

    init() throws { fixture = try DiffFixture() }

    private func mutated(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int(random.next() % 4) {
            guard !bytes.isEmpty else { break }
            let place = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 5 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes[place] = [0, 0x7f, 0x80, 0xff][Int(random.next() % 4)]
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int(random.next() % 40)))
            case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 20)], at: place)
            // Where headers have their numbers.
            default: bytes[Int(random.next() % UInt64(min(bytes.count, 80)))] = UInt8(truncatingIfNeeded: random.next())
            }
        }
        return bytes
    }

    private func attack(_ name: String, turns: Int) throws {
        let good = try folder.bytes(name)
        var random = SplitMix(UInt64(good.count))
        for turn in 0..<turns {
            let bad = mutated(good, &random)
            let found = try fixture.difference(of: good, bad, named: name)
            #expect((found == nil) == (bad == good), "turn \(turn)")
            // What is found can be told.
            if let found {
                #expect(!found.text.isEmpty && !DifferenceHTML.page(of: found, first: "a", second: "b").isEmpty)
            }
        }
    }

    @Test func programs() throws {
        try folder.write("x.c", "#include <math.h>\nint main(int n, char **v) { return (int) cos(n); }\n")
        try fixture.shell("gcc -g0 -O1 -c x.c -o x.o; gcc -O1 x.o -o x -lm; strip x")
        try attack("x.o", turns: 400)
        try attack("x", turns: 150)
    }

    @Test func smallForms() throws {
        try fixture.shell(
            """
            python3 - <<'P'
            import json, py_compile, sqlite3, struct, zlib
            open("m.py", "w").write("x = 1\\n")
            py_compile.compile("m.py", "m.pyc")
            db = sqlite3.connect("s"); db.execute("create table t (x)"); db.commit(); db.close()
            def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            open("p.png", "wb").write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", bytes(13)) + chunk(b"tEXt", b"k\\0v") + chunk(b"tIME", bytes(7)) + chunk(b"IDAT", zlib.compress(bytes(4))) + chunk(b"IEND", b""))
            open("d.pdf", "w").write("%PDF-1.4\\n<</CreationDate(D:20240101)/ID [<00> <11>]>>\\n")
            open("j.json", "w").write(json.dumps({"a": [1, {"b": "c'"}], "d": None}))
            text = "built 2024-01-01"
            open("c.class", "wb").write(bytes([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 4, 1, 0, len(text)]) + text.encode() + bytes([5] + [0] * 8 + [7, 0, 1]))
            P
            """)
        for name in ["m.pyc", "s", "p.png", "d.pdf", "j.json", "c.class"] { try attack(name, turns: 150) }
    }

    @Test func archives() throws {
        try folder.write("f/x", "text\n")
        try folder.write("f/d/y", String(repeating: "y", count: 2000))
        try fixture.shell(
            """
            tar -cf t.tar f; tar -czf t.tgz f; tar -cJf t.txz f; zip -qr t.zip f; ar rcs t.a f/x f/d/y; gzip -k f/x; mv f/x.gz x.gz
            """)
        for name in ["t.tar", "t.tgz", "t.txz", "t.zip", "t.a", "x.gz"] { try attack(name, turns: 20) }
    }
}
