// swift-tools-version: 6.3
import PackageDescription

// A package of its own, because it is compiled with other flags than the product: see Scripts/fuzz.sh.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "belljar", path: "..")],
    targets: [
        .executableTarget(
            name: "belljar-fuzz",
            dependencies: [.product(name: "BelljarFuzz", package: "belljar")],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ],
            // The default linker, gold, has an internal error with this program.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])])
    ],
    swiftLanguageModes: [.v6]
)
