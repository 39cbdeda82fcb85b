internal import BelljarDiff
internal import BelljarModel

/// What `belljar diff` compares, which may come from anybody.
enum DiffTargets {
    /// The input but for its first byte, which chooses the name, against the same with one bit changed.
    static func diff(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let choice = input.first, input.count > 1 else { return false }
        let first = Array(input.dropFirst())
        var second = first
        second[second.count / 2] ^= 1
        let name = ["file", "x.pyc", "x.json"][Int(choice) % 3]
        let found = accepted { () throws(BelljarError) in
            try TreeDifference.between(.bytes(first), .bytes(second), named: name, by: inspection)
        }
        guard let found else { return false }
        guard let difference = found else { throw FuzzFinding("two that differ have no difference") }
        let text = DifferenceText.lines(of: difference, first: "a", second: "b", columns: 40)
        try require(!text.isEmpty, "a difference without words")
        let page = DifferenceHTML.page(of: difference, first: "a", second: "b")
        try require(!page.contains("<script"), "a part of what was compared became a part of the page")
        return true
    }

    private static var inspection: Inspection {
        var inspection = Inspection(opener: ArchiveTargets.opener, cancellation: Cancellation())
        inspection.bounds.depth = 4
        inspection.bounds.unpackedBytes = 8 << 20
        inspection.bounds.members = 200
        inspection.bounds.milliseconds = 10_000
        return inspection
    }

    /// One of each form that is short enough to be written down.
    static var samples: [[UInt8]] {
        let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 7, 0x74, 0x49, 0x4d, 0x45]
        let text: [UInt8] = [1, 0, 16] + Array("built 2024-01-01".utf8)
        let constants: [UInt8] = [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 2] + text + [0, 0x21]
        let gzip: [UInt8] = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x2b, 0x49, 0xad, 0x28, 0xe1, 2, 0, 0x27, 0xda, 0xec, 0x37, 5, 0, 0, 0,
        ]
        let elf: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 57)
        return [
            [0] + Array("built Mon Jan  1 12:00:00 UTC 2024 in /build/x by me@host, pid 12\n".utf8),
            [2] + Array(#"{"a":[1,{"b":"c"}],"d":"2024-01-01"}"#.utf8),
            [0] + png + [7, 232, 1, 1, 0, 0, 0, 1, 2, 3, 4], [0] + constants, [0] + gzip, [0] + elf,
            [0] + Array("%PDF-1.4\n<</CreationDate(D:20240101)/ID [<00> <11>]>>\n".utf8),
            [1] + [0xa7, 0x0d, 0x0d, 0x0a] + [UInt8](repeating: 0, count: 12) + [0xe3],
        ]
    }
}
