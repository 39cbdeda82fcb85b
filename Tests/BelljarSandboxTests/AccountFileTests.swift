import Testing

@testable import BelljarSandbox

@Suite struct AccountFileTests {
    private func users(_ image: String?) -> String {
        String(decoding: AccountFile.users.merged(image.map { Array($0.utf8) }), as: UTF8.self)
    }

    private func groups(_ image: String?) -> String {
        String(decoding: AccountFile.groups.merged(image.map { Array($0.utf8) }), as: UTF8.self)
    }

    private static let root = "root:x:0:0:root:/root:/bin/sh\n"
    private static let builder = "builder:x:1000:1000:builder:/build/.home:/bin/sh\n"
    private static let nobody = "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"

    @Test(arguments: [nil, "", "\n", "\n\n"]) func anImageWithoutAccountsGetsThreeOfThem(_ image: String?) {
        #expect(users(image) == Self.root + Self.builder + Self.nobody)
        #expect(groups(image) == "root:x:0:\nbuilder:x:1000:\nnogroup:x:65534:\n")
    }

    @Test func anImagesOwnStayInTheirOrder() {
        let own = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
        let last = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        #expect(users(own + last) == own + last + Self.builder)
        // Without an end of the last line.
        #expect(
            groups("root:x:0:\nstaff:x:50:\nnogroup:x:65534:")
                == "root:x:0:\nstaff:x:50:\nnogroup:x:65534:\nbuilder:x:1000:\n")
    }

    /// Whoever is asked for by number is the build; the other one stays there by name.
    @Test func theNumberIsTheBuilds() {
        let node = "node:x:1000:1000::/home/node:/bin/bash\n"
        #expect(users(Self.root + node + Self.nobody) == Self.root + Self.builder + node + Self.nobody)
        #expect(
            groups("root:x:0:\nnode:x:1000:a,b\n") == "root:x:0:\nbuilder:x:1000:\nnode:x:1000:a,b\nnogroup:x:65534:\n")
    }

    @Test func theNameIsTheBuilds() {
        let other = "builder:x:33:33::/srv:/bin/false\n"
        #expect(users(Self.root + other + Self.nobody) == Self.root + Self.nobody + Self.builder)
        #expect(
            groups("builder:x:7:me\nroot:x:0:\nnobody:x:65534:\n") == "root:x:0:\nnobody:x:65534:\nbuilder:x:1000:\n")
    }

    /// What the C library passes over stays as it is, bytes that are no text too.
    @Test func whatIsNoAccountIsKept() {
        let odd = Array("+::::\nshort\n:x:1000\n".utf8) + [0xff, 0x3a, 0x0a]
        let merged = AccountFile.users.merged(odd)
        #expect(merged.starts(with: Array(Self.root.utf8)))
        #expect(merged.contains(0xff))
        #expect(String(decoding: merged, as: UTF8.self).contains("+::::\nshort\n\(Self.builder):x:1000\n"))
    }
}
