import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarRecipe

/// The recipes and toolchains of this repository.
@Suite struct ShippedTests {
    /// The folder that holds Package.swift.
    private static let project = OutsideValidator.project
    private static let library = RecipeLibrary(project: project)

    private func read(_ path: String) throws -> [UInt8] {
        try Descriptor.workingDirectory.open(path).readAll(limit: YAMLParser.maximumBytes)
    }

    private func toolchains() throws -> [String] {
        let folder = try Descriptor.workingDirectory.open(Self.project + "/Toolchains", [.read, .directory])
        return try folder.entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
    }

    @Test func recipes() throws {
        let names = try Self.library.names()
        #expect(Set(names).isSuperset(of: ["greeting", "hello", "lua", "pigz", "zlib"]))
        let order = try RecipeGraph.resolve(names, in: Self.library)
        #expect(order.map(\.name).sorted() == names)
        let zlib = try #require(order.firstIndex { $0.name == "zlib" })
        let pigz = try #require(order.firstIndex { $0.name == "pigz" })
        #expect(zlib < pigz)
        let toolchains = try toolchains()
        for recipe in order {
            #expect(toolchains.contains(recipe.toolchain), "\(recipe.name)")
            for case .local(let path) in recipe.sources.map(\.kind) {
                #expect(throws: Never.self) {
                    _ = try Descriptor.workingDirectory.status(of: recipe.folder + "/" + path)
                }
            }
        }
    }

    @Test func toolchainsAndTheirLocks() throws {
        let names = try toolchains()
        #expect(Set(names).isSuperset(of: ["debian-12-base", "debian-12-c"]))
        for name in names {
            let folder = Self.project + "/Toolchains/" + name
            let spec = try ToolchainDecoder.spec(read(folder + "/toolchain.yaml"), file: "toolchain.yaml")
            #expect(spec.name == name)
            let lockPath = folder + "/toolchain.lock.yaml"
            guard try Descriptor.workingDirectory.statusIfPresent(of: lockPath) != nil else { continue }
            let text = try read(lockPath)
            let lock = try ToolchainDecoder.lock(text, file: "toolchain.lock.yaml")
            #expect(lock.name == name)
            #expect(lock.spec == ToolchainDecoder.digest(of: spec))
            #expect(ToolchainDecoder.encode(lock) == text)
        }
    }
}
