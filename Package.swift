// swift-tools-version: 6.3
import PackageDescription

/// Every module of the product compiles with the same strict settings; a warning is an error.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    // The headers behind `import Glibc`, Dispatch, CLinux and the C libraries must all be read with the same feature
    // set: glibc declares fd_set otherwise without it, and a file that sees both declarations does not compile.
    .unsafeFlags(["-Xcc", "-D_GNU_SOURCE"]),
]
let memorySafe: [SwiftSetting] = strict + [.strictMemorySafety()]

/// `make formats` compiles with a control that does not exist, to see what a new one does to old records.
let pretended: [SwiftSetting] =
    Context.environment["BELLJAR_PRETENDED_CONTROL"] == nil ? [] : [.define("PRETENDED_CONTROL")]

/// belljar-init runs inside the sandbox, where no shared library of the host exists: it is fully static.
let fullyStatic: [LinkerSetting] = [
    .unsafeFlags(["-static-executable"])
]

/// belljar as it is installed is fully static as well: a third of its start was the loader's, and it needs no library of the
/// machine. The debug configuration compiles against Swift's shared libraries.
let staticWhenReleased: [LinkerSetting] = [
    .unsafeFlags(["-static-executable"], .when(configuration: .release))
]

/// libarchive and what its readers need, as archives: belljar-init is static. The shared library would load libxml2 and ICU
/// too, for formats that are never read.
let archiveReaders: [LinkerSetting] = [
    .unsafeFlags(
        ["archive", "nettle", "z", "lzma", "bz2", "zstd", "lz4"].flatMap { ["-Xlinker", "-l:lib\($0).a"] })
]

/// The tests also write archives, and linking that brings in libarchive's xar writer, which needs libxml2. Its shared
/// library is wherever libarchive's is.
let archiveWriters: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-l:libxml2.so.2"])]

func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}

let package = Package(
    name: "belljar",
    products: [
        .executable(name: "belljar", targets: ["belljar"]),
        .executable(name: "belljar-init", targets: ["belljar-init"]),
        // For the package in Fuzz, which is compiled with other flags.
        .library(name: "BelljarFuzz", targets: ["BelljarFuzz"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        // Of swift-crypto, which asks for any 1.x; nothing here uses it.
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    ],
    targets: [
        // What Swift cannot call, and the system's libraries.
        .target(name: "CLinux"),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CCap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        // The kernel's door, the plan, and the program that applies it.
        .target(name: "BelljarKernel", dependencies: ["CLinux", "CCap"], swiftSettings: memorySafe),
        .target(name: "BelljarControls", swiftSettings: memorySafe + pretended),
        .target(name: "BelljarPlan", dependencies: ["BelljarControls"], swiftSettings: memorySafe),
        // Answers the system calls of a build, as part of PID 1.
        .target(
            name: "BelljarSupervisor", dependencies: ["BelljarControls", "BelljarKernel"], swiftSettings: memorySafe),
        // What belljar-init does, apart from the program itself, whose linker settings tests must not inherit.
        .target(
            name: "BelljarInit",
            dependencies: ["BelljarControls", "BelljarKernel", "BelljarPlan", "BelljarSupervisor"],
            swiftSettings: memorySafe),
        // Reads archives, in a process of its own.
        .target(
            name: "BelljarArchive", dependencies: ["BelljarKernel", "BelljarPlan", "CArchive"],
            swiftSettings: memorySafe, linkerSettings: archiveReaders),
        .executableTarget(
            name: "belljar-init", dependencies: ["BelljarArchive", "BelljarInit", "BelljarKernel", "BelljarPlan"],
            swiftSettings: memorySafe, linkerSettings: fullyStatic),

        // Values.
        .target(
            name: "BelljarModel", dependencies: ["BelljarControls", product("Crypto", "swift-crypto")],
            swiftSettings: memorySafe),

        // What reads, keeps, fetches and runs.
        .target(
            name: "BelljarRecipe", dependencies: ["BelljarModel", "BelljarControls", "BelljarKernel", "CYaml"],
            swiftSettings: memorySafe),
        .target(
            name: "BelljarHost", dependencies: ["BelljarModel", "BelljarControls", "BelljarKernel"],
            swiftSettings: memorySafe),
        .target(
            name: "BelljarStore",
            dependencies: [
                "BelljarModel", "BelljarControls", "BelljarKernel", "BelljarHost", product("GRDB", "GRDB.swift"),
            ],
            swiftSettings: memorySafe),
        .target(
            name: "BelljarSandbox",
            dependencies: [
                "BelljarModel", "BelljarControls", "BelljarKernel", "BelljarHost", "BelljarPlan", "CSeccomp",
            ],
            swiftSettings: memorySafe),
        .target(
            name: "BelljarFetch",
            dependencies: ["BelljarModel", "BelljarControls", "BelljarKernel", "BelljarHost", "BelljarStore"],
            swiftSettings: memorySafe),
        .target(
            name: "BelljarUnpack",
            dependencies: [
                "BelljarModel", "BelljarKernel", "BelljarPlan", "BelljarHost", "BelljarStore", "BelljarSandbox",
            ],
            swiftSettings: memorySafe),
        // Tells what two things differ in.
        .target(
            name: "BelljarDiff",
            dependencies: [
                "BelljarModel", "BelljarKernel", "BelljarPlan", "BelljarHost", "BelljarStore", "BelljarUnpack",
            ],
            swiftSettings: memorySafe),
        .target(
            name: "BelljarToolchain",
            dependencies: [
                "BelljarModel", "BelljarControls", "BelljarKernel", "BelljarPlan", "BelljarHost", "BelljarStore",
                "BelljarFetch", "BelljarUnpack", "BelljarSandbox", "BelljarRecipe",
            ],
            swiftSettings: memorySafe),
        .target(
            name: "BelljarBuild",
            dependencies: [
                "BelljarModel", "BelljarControls", "BelljarKernel", "BelljarPlan", "BelljarHost", "BelljarStore",
                "BelljarFetch", "BelljarUnpack", "BelljarSandbox", "BelljarRecipe", "BelljarToolchain",
            ],
            swiftSettings: memorySafe),
        .executableTarget(
            name: "belljar",
            dependencies: [
                "BelljarModel", "BelljarControls", "BelljarPlan", "BelljarHost", "BelljarRecipe", "BelljarStore",
                "BelljarFetch", "BelljarUnpack", "BelljarDiff", "BelljarSandbox", "BelljarToolchain", "BelljarBuild",
                "BelljarKernel",
                product("ArgumentParser", "swift-argument-parser"),
            ],
            swiftSettings: memorySafe, linkerSettings: staticWhenReleased),

        // What the fuzzer feeds, and the tests with what it found.
        .target(
            name: "BelljarFuzz",
            dependencies: [
                "BelljarArchive", "BelljarControls", "BelljarKernel", "BelljarModel", "BelljarPlan", "BelljarRecipe",
                "BelljarDiff", "BelljarUnpack", "BelljarSupervisor", "BelljarToolchain",
            ],
            path: "Fuzz/Targets", swiftSettings: strict),

        // What the tests start in belljar-init's place, to see what a hostile archive reader can do.
        .executableTarget(
            name: "belljar-init-trials", dependencies: ["BelljarInit", "BelljarKernel", "BelljarPlan"],
            path: "Tests/Trials", swiftSettings: memorySafe, linkerSettings: fullyStatic),

        // What the tests of several modules need.
        .target(
            name: "TestSupport", dependencies: ["BelljarKernel"], path: "Tests/TestSupport", swiftSettings: strict),

        // Tests mirror the modules.
        .testTarget(
            name: "BelljarInitTests",
            dependencies: ["BelljarInit", "BelljarControls", "BelljarKernel", "BelljarPlan", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarKernelTests", dependencies: ["BelljarKernel", "BelljarPlan", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarPlanTests", dependencies: ["BelljarPlan", "BelljarControls"], swiftSettings: strict),
        .testTarget(name: "BelljarControlsTests", dependencies: ["BelljarControls"], swiftSettings: strict),
        .testTarget(
            name: "BelljarSupervisorTests",
            dependencies: ["BelljarSupervisor", "BelljarControls", "BelljarKernel", "BelljarModel", "TestSupport"],
            swiftSettings: strict),
        // Numbers of the kernel's, wherever they stand, against its own headers.
        .testTarget(
            name: "KernelHeaderTests",
            dependencies: [
                "BelljarInit", "BelljarSupervisor", "BelljarSandbox", "BelljarPlan", "BelljarControls", "BelljarKernel",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarModelTests", dependencies: ["BelljarModel", "BelljarControls"], exclude: ["Golden"],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarRecipeTests",
            dependencies: ["BelljarRecipe", "BelljarModel", "BelljarKernel", "BelljarControls", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarStoreTests",
            dependencies: [
                "BelljarStore", "BelljarModel", "BelljarKernel", product("GRDB", "GRDB.swift"), "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarSandboxTests",
            dependencies: ["BelljarSandbox", "BelljarPlan", "BelljarModel", "BelljarKernel", "BelljarControls"],
            exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "BelljarFetchTests",
            dependencies: [
                "BelljarFetch", "BelljarHost", "BelljarStore", "BelljarModel", "BelljarControls", "BelljarKernel",
                "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarUnpackTests",
            dependencies: [
                "BelljarUnpack", "BelljarArchive", "BelljarHost", "BelljarPlan", "BelljarSandbox", "BelljarStore",
                "BelljarModel", "BelljarControls", "BelljarKernel", "CArchive", "TestSupport",
            ],
            swiftSettings: strict, linkerSettings: archiveWriters),
        .testTarget(
            name: "BelljarDiffTests",
            dependencies: [
                "BelljarDiff", "BelljarUnpack", "BelljarHost", "BelljarSandbox", "BelljarStore", "BelljarModel",
                "BelljarControls", "BelljarKernel", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarToolchainTests",
            dependencies: [
                "BelljarToolchain", "BelljarHost", "BelljarUnpack", "BelljarFetch", "BelljarStore", "BelljarRecipe",
                "BelljarModel", "BelljarControls", "BelljarSandbox", "BelljarKernel", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarBuildTests",
            dependencies: [
                "BelljarBuild", "BelljarToolchain", "BelljarHost", "BelljarUnpack", "BelljarFetch", "BelljarStore",
                "BelljarRecipe", "BelljarModel", "BelljarControls", "BelljarPlan", "BelljarSandbox", "BelljarKernel",
                "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BelljarCommandTests",
            dependencies: ["BelljarModel", "BelljarControls", "BelljarKernel", "BelljarStore", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "BelljarFuzzTests", dependencies: ["BelljarFuzz", "BelljarKernel"], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
