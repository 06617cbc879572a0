"""Repositories made from Debian packages, so that no build step uses the network."""

_RULES_CC = "/usr/share/bazel/rules/cc"

# Debian's rules_cc loads `use_cpp_toolchain`, which Debian's Bazel 4.2.3 lacks; these two files
# are the only ones that do.
_NEED_TOOLCHAIN_SHIM = [
    "cc/private/rules_impl/cc_flags_supplier.bzl",
    "cc/private/rules_impl/compiler_flag.bzl",
]

def _debian_rules_cc_impl(repository_ctx):
    if not repository_ctx.path(_RULES_CC).exists:
        fail("%s is missing: run tools/setup (Debian package bazel-rules-cc)" % _RULES_CC)
    copied = repository_ctx.execute(["cp", "-r", _RULES_CC + "/.", "."])
    if copied.return_code != 0:
        fail("copying %s: %s" % (_RULES_CC, copied.stderr))
    for path in _NEED_TOOLCHAIN_SHIM:
        text = repository_ctx.read(path)
        text = text.replace(', "use_cpp_toolchain")', ")")
        text = text.replace(
            "toolchains = use_cpp_toolchain(),",
            'toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],',
        )
        repository_ctx.file(path, text)

debian_rules_cc = repository_rule(
    implementation = _debian_rules_cc_impl,
    doc = "A copy of Debian's bazel-rules-cc, adapted to Debian's Bazel.",
    local = True,
)

def _empty_coverage_tools_impl(repository_ctx):
    repository_ctx.file("BUILD", """filegroup(
    name = "coverage_report_generator",
    visibility = ["//visibility:public"],
)
""")

empty_coverage_tools = repository_rule(
    implementation = _empty_coverage_tools_impl,
    doc = "Stands in for a repository that Bazel would otherwise download for every test.",
)
