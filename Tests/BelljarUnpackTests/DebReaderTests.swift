import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarUnpack

@Suite struct DebReaderTests {
    private func package(
        _ version: String = "2.0\n",
        control: [Member] = [.file("./control", "Package: x\n"), .file("./postinst", "#!\n")],
        data: [Member] = [.directory("./"), .file("./usr/share/x", "x")], filter: ArchiveFilter = .xz
    ) throws -> [Member] {
        let suffix = [ArchiveFilter.xz: ".xz", .zstd: ".zst", .gzip: ".gz"][filter] ?? ""
        return [
            .file("debian-binary", version),
            .bytes("control.tar" + suffix, try ArchiveMaker.make(control, filter: filter)),
            .bytes("data.tar" + suffix, try ArchiveMaker.make(data, filter: filter)),
        ]
    }

    private func open(_ members: [Member]) throws -> DebReader {
        let folder = try TestFolder()
        try folder.write("x.deb", try ArchiveMaker.make(members, format: .ar))
        return try DebReader(try folder.descriptor.open("x.deb"), name: "x.deb", opener: Confined.opener)
    }

    @Test(arguments: [ArchiveFilter.xz, .zstd, .gzip, .none])
    func readsPackages(filter: ArchiveFilter) throws {
        let deb = try open(try package(filter: filter))
        #expect(deb.control.keys.sorted() == ["control", "postinst"])
        #expect(deb.control["control"] == Array("Package: x\n".utf8))
        let folder = try TestFolder()
        try Extractor().extract(try deb.data(), into: folder.descriptor)
        #expect(try folder.text("usr/share/x") == "x")
        #expect(throws: BelljarError.self) { try deb.data() }
    }

    @Test func refusesWhatIsNoPackage() throws {
        let good = try package()
        let cases: [([Member], String)] = [
            ([good[1], good[0], good[2]], "debian-binary is not its first member"),
            (try package("3.0\n"), "format 2"), ([good[0]], "no control.tar"),
            ([good[0], good[2]], "is where control.tar should be"),
            (try package(control: [.file("./postinst")]), "no control file"),
            (try package(control: [.file("./control"), .file("control")]), "twice"),
        ]
        for (members, answer) in cases {
            let error = #expect(throws: BelljarError.self) { try open(members) }
            #expect(error?.code == .integrity)
            #expect(error?.answer.contains(answer) == true, "\(String(describing: error))")
        }
    }

    @Test func refusesHostileAndDamagedData() throws {
        var members = try package(data: [.file("../../etc/passwd")])
        let folder = try TestFolder()
        let hostile = try open(members)
        let error = #expect(throws: BelljarError.self) {
            try Extractor().extract(try hostile.data(), into: folder.descriptor)
        }
        #expect(error?.subject == "x.deb (data.tar.xz)")
        #expect(error?.answer.contains("climbs out") == true)
        members[2].content.removeLast(members[2].content.count / 2)
        let cut = try open(members)
        #expect(throws: BelljarError.self) { try Extractor().extract(try cut.data(), into: folder.descriptor) }
    }
}
