import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarDiff

/// Archives made by the programs that everybody makes them with.
@Suite struct ArchiveTests {
    private let fixture: DiffFixture
    private var folder: TestFolder { fixture.folder }

    init() throws {
        fixture = try DiffFixture()
        for (side, text) in [("one", "1"), ("two", "2")] {
            try folder.write("\(side)/d/file", "same\n\(text)\n")
            try folder.write("\(side)/same", "same\n")
            try folder.makeLink("\(side)/link", to: text)
            try fixture.shell("touch -hd @1700000000 \(side)/d/file \(side)/d \(side)/same \(side)/link \(side)")
        }
    }

    private static let tar = "tar --sort=name --owner=0 --group=0 --numeric-owner"

    @Test(arguments: [
        ("", "tar", DifferenceForm.tar), ("-z", "tar.gz", .gzip), ("-J", "tar.xz", .xz), ("-j", "tar.bz2", .bzip2),
        ("--zstd", "tar.zst", .zstd),
    ])
    func tarInEveryPacking(option: String, ending: String, form: DifferenceForm) throws {
        for (side, name) in [("one", "a"), ("two", "b")] {
            try fixture.shell("\(Self.tar) \(option) -cf \(name) -C \(side) .")
        }
        let found = try #require(try fixture.difference(named: "x.\(ending)"))
        #expect(found.form == form)
        #expect(found.parts.map(\.name) == ["./d/file", "./link"])
        #expect(found.part("./d/file")?.patch == ["@@ -1,2 +1,2 @@", " same", "-1", "+2"])
        #expect(found.part("./link")?.property("target") == ["1", "2"])
        #expect(found.allCauses.isEmpty)
    }

    @Test func metadataOfMembers() throws {
        try fixture.shell(
            """
            cp -a one three; chmod 775 three/d/file; touch -d @1600000000 three/same
            cp one/d/file three/d/file
            tar --sort=name --owner=0 --group=0 -cf a -C one .
            tar --sort=name --owner=builder:1000 --group=builder:1000 -cf b -C three .
            """)
        let found = try #require(try fixture.difference())
        #expect(found.part("./same")?.property("time") == ["2023-11-14 22:13:20 UTC", "2020-09-13 12:26:40 UTC"])
        #expect(found.part("./same")?.property("owner") == ["0 (root)", "1000 (builder)"])
        #expect(found.part("./d/file")?.property("mode") == ["0644", "0775"])
        #expect(Set(found.allCauses.map(\.cause)).isSuperset(of: [.archiveTime, .user]))
    }

    @Test func orderOfMembers() throws {
        try fixture.shell(
            """
            \(Self.tar) -cf a -C one d/file link same
            \(Self.tar) -cf b -C one same d/file link
            """)
        let found = try #require(try fixture.difference())
        #expect(found.parts.isEmpty)
        #expect(found.causes.map(\.cause) == [.memberOrder])
    }

    /// One more at the beginning is no other order.
    @Test(arguments: [("a", "b", TreeDifference.Change.onlyInSecond), ("b", "a", .onlyInFirst)])
    func aMemberMore(first: String, second: String, change: TreeDifference.Change) throws {
        try fixture.shell("\(Self.tar) -cf a -C one same link; \(Self.tar) -cf b -C one d/file same link")
        let found = try #require(try fixture.difference(first, second))
        #expect(found.parts.map(\.name) == ["d/file"])
        #expect(found.part("d/file")?.change == change)
        #expect(found.properties.isEmpty && found.causes.isEmpty)
    }

    @Test func packedWithoutArchive() throws {
        try fixture.shell("printf 'x\\n1\\n' | gzip -n >a; printf 'x\\n2\\n' | gzip -n >b")
        let found = try #require(try fixture.difference(named: "x.gz"))
        #expect(found.part("content")?.patch == ["@@ -1,2 +1,2 @@", " x", "-1", "+2"])
    }

    @Test func gzipHeaders() throws {
        try fixture.shell(
            """
            echo x > f; touch -d @1700000000 f; gzip -c f >a; touch -d @1600000000 f; gzip -c f >b
            """)
        let found = try #require(try fixture.difference())
        #expect(found.property("time in the header") == ["2023-11-14 22:13:20 UTC", "2020-09-13 12:26:40 UTC"])
        #expect(found.causes.map(\.cause) == [.archiveTime])
        #expect(found.parts.isEmpty && found.detail == .none)
    }

    @Test func onlyThePackingDiffers() throws {
        try fixture.shell("seq 20000 >f; xz -0 -c f >a; xz -6 -c f >b")
        let found = try #require(try fixture.difference())
        #expect(found.notes == ["what is packed in it is the same: only the packing differs"])
        #expect(found.causes.map(\.cause) == [.packing])
        #expect(found.bytes != nil)
    }

    @Test func zipArchives() throws {
        try fixture.shell("(cd one && zip -qXr ../a.zip .); (cd two && zip -qXr ../b.zip .); mv a.zip a; mv b.zip b")
        let found = try #require(try fixture.difference(named: "x.jar"))
        #expect(found.form == .zip)
        #expect(found.parts.map(\.name).contains("d/file"), "\(found)")
        #expect(found.part("d/file")?.patch == ["@@ -1,2 +1,2 @@", " same", "-1", "+2"])
    }

    @Test func debianPackages() throws {
        try fixture.shell(
            """
            for s in one two; do
            mkdir -p $s.deb.d/DEBIAN; cp -a $s $s.deb.d/usr
            printf 'Package: x\\nVersion: %s\\nArchitecture: all\\nMaintainer: x <x@y>\\nDescription: x\\n' $(cat $s/d/file | tail -n1) > $s.deb.d/DEBIAN/control
            done
            SOURCE_DATE_EPOCH=1 dpkg-deb --root-owner-group -b one.deb.d a >/dev/null
            SOURCE_DATE_EPOCH=1 dpkg-deb --root-owner-group -b two.deb.d b >/dev/null
            """)
        let found = try #require(try fixture.difference(named: "x.deb"))
        #expect(found.form == .ar)
        #expect(found.parts.map(\.name).map { String($0.prefix(8)) } == ["control.", "data.tar"])
        let control = try #require(found.parts.first?.part("./control"))
        #expect(control.patch.contains("-Version: 1") && control.patch.contains("+Version: 2"))
        #expect(found.parts.last?.part("./usr/d/file")?.lines?.removed == 1)
    }

    @Test func cpioArchives() throws {
        func newc(_ text: String) -> [UInt8] {
            func entry(_ name: String, _ content: String, _ mode: String) -> [UInt8] {
                func hex(_ number: Int) -> String {
                    let digits = String(number, radix: 16)
                    return String(repeating: "0", count: 8 - digits.count) + digits
                }
                var bytes = Array(
                    ("070701" + hex(0) + mode + hex(0) + hex(0) + hex(1) + hex(0) + hex(content.utf8.count) + hex(0)
                        + hex(0)
                        + hex(0) + hex(0) + hex(name.utf8.count + 1) + hex(0) + name + "\0").utf8)
                while bytes.count % 4 != 0 { bytes.append(0) }
                bytes += Array(content.utf8)
                while bytes.count % 4 != 0 { bytes.append(0) }
                return bytes
            }
            return entry("init", text, "000081a4") + entry("TRAILER!!!", "", "00000000")
        }
        let found = try #require(try fixture.difference(of: newc("1\n"), newc("2\n")))
        #expect(found.form == .cpio)
        #expect(found.part("init")?.patch == ["@@ -1 +1 @@", "-1", "+2"])
    }

    // MARK: Hostile archives

    /// Gzip in gzip in tar in gzip: at the bound it is bytes.
    @Test func nestedDeeplyIsNotOpenedFurther() throws {
        try fixture.shell(
            """
            for s in a b; do echo $s > x; for i in $(seq 50); do tar --mtime=@0 --owner=0 --group=0 -cf y x; mv y x; done; mv x $s; done
            """)
        let found = try #require(try fixture.difference())
        var part = found
        var depth = 0
        while let next = part.parts.first { (part, depth) = (next, depth + 1) }
        #expect(depth == 16)
        #expect(part.notes == ["not opened: it lies in 16 others, and no more are opened"])
        #expect(part.bytes != nil)
    }

    @Test func bombsEndAtTheBound() throws {
        try fixture.shell("head -c 200M /dev/zero | gzip -1 >a; (head -c 200M /dev/zero; echo x) | gzip -1 >b")
        let found = try #require(try fixture.difference { $0.unpackedBytes = 64 << 20 })
        #expect(found.form == .gzip)
        #expect(found.notes.contains { $0.contains("more than \(64 << 20) bytes") }, "\(found.notes)")
        #expect(try folder.names().sorted() == ["a", "b", "one", "two"])
    }

    @Test func manyMembersEndAtTheBound() throws {
        try fixture.shell(
            """
            mkdir m; cd m; seq 300 | xargs touch; cd ..; \(Self.tar) --mtime=@0 -cf a -C m .; \(Self.tar) --mtime=@1 -cf b -C m .
            """)
        let found = try #require(try fixture.difference { $0.members = 100 })
        #expect(found.notes.contains { $0.contains("it has more than 100 members") }, "\(found.notes)")
        #expect(found.parts.count == 100)
    }

    @Test(arguments: ["-z", "-J", "--zstd", "-j", ""]) func cutOffArchives(option: String) throws {
        try fixture.shell(
            """
            head -c 300000 /dev/urandom >one/z; cp one/z two/z
            \(Self.tar) --mtime=@0 \(option) -cf a -C one .; \(Self.tar) --mtime=@0 \(option) -cf whole -C two .
            head -c 100000 whole >b
            """)
        let found = try #require(try fixture.difference())
        // Of some packings nothing comes before a whole block is there.
        let isOpened = !option.contains("zstd") && option != "-j"
        let note = isOpened ? "the second could not be read to its end" : "the second was not opened"
        #expect(found.notes.contains { $0.contains(note) }, "\(found)")
        #expect(isOpened ? found.part("./d/file")?.lines != nil : found.bytes != nil)
    }

    /// Names that no unpacking would take are only shown.
    @Test func namesThatLeadOutAreShown() throws {
        try fixture.shell(
            "\(Self.tar) -Pcf a --transform='s,.*,../../etc/passwd,' one/same; \(Self.tar) -Pcf b --transform='s,.*,../../etc/passwd,' one/d/file"
        )
        let found = try #require(try fixture.difference())
        #expect(found.parts.map(\.name) == ["../../etc/passwd"])
    }

    @Test(arguments: ["1f8b08", "425a68", "fd377a585a00", "28b52ffd", "04224d18", "504b0304", "213c617263683e0a"])
    func whatOnlyBeginsLikeAnArchive(mark: String) throws {
        let head = stride(from: 0, to: mark.count, by: 2).map { place in
            UInt8(mark.dropFirst(place).prefix(2), radix: 16) ?? 0
        }
        let found = try #require(try fixture.difference(of: head + [0, 1, 2, 3, 4], head + [5, 6, 7, 8, 9]))
        #expect(!found.notes.isEmpty && found.bytes != nil, "\(found)")
    }

    /// Where no process can be confined, archives stay closed.
    @Test func withoutAReaderNothingIsOpened() throws {
        for (side, name) in [("one", "a"), ("two", "b")] { try fixture.shell("\(Self.tar) -cf \(name) -C \(side) .") }
        var inspection = fixture.inspection()
        inspection.opener = nil
        let found = try #require(
            try TreeDifference.between(
                try .onDisk(folder.path + "/a"), try .onDisk(folder.path + "/b"), by: inspection))
        #expect(found.parts.isEmpty && found.bytes != nil)
        #expect(found.notes.contains { $0.contains("not opened") })
    }
}
