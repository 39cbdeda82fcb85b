// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that nothing it needs ever becomes a part of the product.
let package = Package(
    name: "benchmarks",
    targets: [
        .target(name: "CCredentials"),
        .executableTarget(
            name: "bench",
            dependencies: ["CCredentials"],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
