// What a sweep keeps: status, metrics, keys; bad input.
#include <filesystem>

#include <boost/json.hpp>

#include "luqsim/sweep/view.h"

#include "key.h"
#include "sweep_folder.h"

namespace luqsim::sweep {
namespace {

using test::ProgramResult;
using test::SweepFolder;

TEST_F(SweepFolder, KeysAreOfTheContent) {
  const ResolvedWorkload tiny{{"tiny", 0, {}}, file("tiny.yaml")};
  const std::string digest = workload_digest(tiny), key = point_key("design", digest, "1.0");
  // The same as long as results_schema is, or no database is ever resumed.
  EXPECT_EQ(key, "8b867c5d181762849b0bb62dc5dfad2a");
  std::filesystem::rename(file("tiny.yaml"), file("renamed.yaml"));
  EXPECT_EQ(workload_digest({{"another name", 0, {}}, file("renamed.yaml")}), digest);
  EXPECT_NE(workload_digest({{"tiny", 2, {}}, file("renamed.yaml")}), digest);
  EXPECT_NE(workload_digest({{"tiny", 0, {"fprop"}}, file("renamed.yaml")}), digest);
  EXPECT_NE(workload_digest({{"tiny", 0, {}}, file("other.yaml")}), digest);
  EXPECT_NE(point_key("design ", digest, "1.0"), key);
  EXPECT_NE(point_key("design", digest, "1.1"), key);
  EXPECT_THROW(workload_digest({{"none", 0, {}}, file("none.yaml")}), SweepError);
  EXPECT_THROW(workload_digest({{"folder", 0, {}}, file("")}), SweepError);
}

TEST_F(SweepFolder, AChangedWorkloadIsAnotherPoint) {
  write("s.yaml", "base: default\nworkloads: [tiny.yaml]\ngrid: {array.rows: [8]}\n");
  ASSERT_EQ(sweep("s.yaml").exit_code, 0);
  write("tiny.yaml", "layers: [{name: one, type: gemm, m: 4, n: 5, k: 7}]\n");
  EXPECT_NE(sweep("s.yaml").out.find("1 points: 1 run, 0 done before"), std::string::npos);
  EXPECT_EQ(query("sweep.sqlite", "SELECT count(*) FROM points"), "2");
  EXPECT_EQ(query("sweep.sqlite", "SELECT count(*) FROM sweep"), "1");
}

TEST_F(SweepFolder, KeepsWhatRunGives) {
  write("s.yaml",
        "base: default\nworkloads: [tiny.yaml, {trace: other.yaml, batch: 2, passes: [wgrad, fprop]}]\n"
        "list: [{array.rows: 8, clock_ghz: 2}]\n");
  const ProgramResult result = sweep("s.yaml -o r.sqlite --csv r.csv");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");  // no progress bar in a pipe
  const ProgramResult run = test::run_program("cd " + file("") +
                                              " && " LUQSIM_PROGRAM
                                              " run default other.yaml --batch 2 --passes fprop,wgrad "
                                              "--set array.rows=8 --set clock_ghz=2 --json");
  const std::string where = " FROM points WHERE workload='other.yaml batch 2 fprop+wgrad'";
  boost::json::value kept = boost::json::parse(query("r.sqlite", "SELECT replace(results,'|','/')" + where)),
                     got = boost::json::parse(run.out);
  // What differs: the way to the files, the command, and a sweep's designs spell out the keys that nobody set.
  for (const char* key : {"trace_file", "architecture_file", "command"}) {
    kept.as_object().erase(key);
    got.as_object().erase(key);
  }
  for (const auto& [key, value] : got.at("settings").as_object()) EXPECT_EQ(kept.at("settings").at(key), value) << key;
  kept.as_object().erase("settings");
  got.as_object().erase("settings");
  EXPECT_EQ(kept, got);
  const auto total = got.at("total");
  EXPECT_EQ(query("r.sqlite", "SELECT cycles" + where), boost::json::serialize(total.at("cycles")));
  const double cycles = total.at("cycles").to_number<double>();
  EXPECT_DOUBLE_EQ(std::stod(query("r.sqlite", "SELECT time_ms" + where)), cycles / 2e6);
  EXPECT_DOUBLE_EQ(std::stod(query("r.sqlite", "SELECT tera_ops" + where)), total.at("tera_ops").to_number<double>());
  EXPECT_DOUBLE_EQ(std::stod(query("r.sqlite", "SELECT utilization" + where)),
                   total.at("utilization").to_number<double>());
  EXPECT_EQ(
      query("r.sqlite", "SELECT dram_bytes" + where),
      std::to_string(total.at("dram_read_bytes").to_number<long>() + total.at("dram_write_bytes").to_number<long>()));
  double area = 0, energy = 0;
  for (const auto& part : got.at("area").as_array()) area += part.at("gates").to_number<double>();
  for (const auto& part : total.at("energy").as_object()) energy += part.value().to_number<double>();
  EXPECT_NEAR(std::stod(query("r.sqlite", "SELECT area_ge" + where)), area, area * 1e-12);
  EXPECT_NEAR(std::stod(query("r.sqlite", "SELECT energy_pj" + where)), energy, energy * 1e-12);
  EXPECT_NEAR(std::stod(query("r.sqlite", "SELECT pj_per_mac" + where)),
              energy / total.at("useful_macs").to_number<double>(), 1e-9);
  // The shares are all of the array's cycles.
  EXPECT_NEAR(std::stod(query("r.sqlite",
                              "SELECT array_busy+array_statistics+array_quantizer+array_dram_read+"
                              "array_dram_write+array_buffer_full+array_bank_conflict+array_fill+array_drain+"
                              "array_none" +
                                  where)),
              1, 1e-12);
  EXPECT_EQ(std::ranges::count(read("r.csv"), '\n'), 3);
  EXPECT_NE(result.out.find("\ntiny.yaml: 1 of 1 points"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\nother.yaml batch 2 fprop+wgrad: 1 of 1 points"), std::string::npos) << result.out;

  const ProgramResult shown = sweep("--show r.sqlite --csv again.csv");
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_NE(result.out.find(shown.out), std::string::npos) << shown.out;
  EXPECT_EQ(read("again.csv"), read("r.csv"));
}

TEST_F(SweepFolder, RefusedPointsAreRowsAndTheOthersRun) {
  write("s.yaml",
        "base: default\nworkloads: [tiny.yaml]\n"
        "list:\n  - {array.rows: 8}\n  - {buffers.out.bytes: 64}\n  - {array.rows: 16}\n");
  const ProgramResult result = sweep("s.yaml");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("3 points: 2 run, 0 done before; 1 errors"), std::string::npos) << result.out;
  EXPECT_EQ(query("sweep.sqlite", "SELECT message FROM points WHERE status='error'"),
            "s.yaml:5:25: buffers.out.bytes: 64; wanted room for a fold's outputs, 4096 bytes, in each half");
  EXPECT_EQ(query("sweep.sqlite", "SELECT count(*) FROM points WHERE status='ok' AND results IS NOT NULL"), "2");
  EXPECT_NE(sweep("s.yaml").out.find("3 points: 0 run, 3 done before; 1 errors"), std::string::npos);
}

TEST_F(SweepFolder, ConstraintsBeforeAndAfterSimulation) {
  const std::string points = "base: default\nworkloads: [other.yaml]\ngrid: {array.rows: [4, 8, 64]}\n";
  write("s.yaml", points);
  ASSERT_EQ(sweep("s.yaml -o all.sqlite").exit_code, 0);
  const std::string cycles_of_8 = query("all.sqlite", "SELECT cycles FROM points WHERE design LIKE '%rows=8\n%'");
  ASSERT_NE(cycles_of_8, "");
  write("c.yaml", points + "constraints: [macs_per_cycle < 1000, cycles <= " + cycles_of_8 + "]\n");
  const ProgramResult result = sweep("c.yaml -o c.sqlite");
  EXPECT_NE(result.out.find("3 points: 2 run, 0 done before; 0 errors, 2 outside the constraints"), std::string::npos)
      << result.out;
  const auto of = [&](const char* database, int rows) {
    return query(database,
                 "SELECT status||' '||message||' '||(results IS NOT NULL) FROM points WHERE design LIKE "
                 "'%rows=" +
                     std::to_string(rows) + "\n%'");
  };
  EXPECT_EQ(of("c.sqlite", 4).find("constraint cycles <= " + cycles_of_8 + ": "), 0U) << of("c.sqlite", 4);
  EXPECT_TRUE(of("c.sqlite", 4).ends_with(" 1"));
  EXPECT_EQ(of("c.sqlite", 8), "ok  1");
  EXPECT_EQ(of("c.sqlite", 64), "constraint macs_per_cycle < 1000: 2048 0");
  EXPECT_EQ(query("c.sqlite", "SELECT cycles IS NULL FROM points WHERE results IS NULL"), "1");
  // Other constraints on the same database: what was kept is judged again, what was left out runs.
  EXPECT_NE(sweep("s.yaml -o c.sqlite").out.find("3 points: 1 run, 2 done before; 0 errors, 0 outside"),
            std::string::npos);
  EXPECT_EQ(text("c.sqlite"), text("all.sqlite"));
}

TEST_F(SweepFolder, EqualPointsRunOnce) {
  write("s.yaml", "base: default\nworkloads: [tiny.yaml]\ngrid: {array.rows: [32, 8]}\nlist: [{}, {array.rows: 8}]\n");
  EXPECT_NE(sweep("s.yaml").out.find("2 points: 2 run"), std::string::npos);
}

TEST_F(SweepFolder, TablesShowTheBasesValueOfWhatAPointLeaves) {
  write("s.yaml", "base: default\nworkloads: [tiny.yaml]\nlist: [{array.rows: 8}, {array.lanes: 2, clock_ghz: 2}]\n");
  ASSERT_EQ(sweep("s.yaml --csv s.csv").exit_code, 0);
  const std::string csv = read("s.csv");
  EXPECT_NE(csv.find("workload,array.rows,array.lanes,clock_ghz,status"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\ntiny.yaml,8,1,1,ok"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\ntiny.yaml,32,2,2,ok"), std::string::npos) << csv;
}

TEST_F(SweepFolder, ItsParetoPointsAreCompared) {
  write("s.yaml",
        "base: default\nworkloads: [tiny.yaml, other.yaml]\ngrid: {array.rows: [8, 16], clock_ghz: [1]}\n"
        "pareto: [min area_mm2, min cycles]\n");
  ASSERT_EQ(sweep("s.yaml -o s.sqlite").exit_code, 0);
  const auto results = pareto_results(file("s.sqlite"), "tiny.yaml");
  const SweepView view = read_view(file("s.sqlite"));
  std::size_t expected = 0;
  for (const std::size_t i : pareto_points(view)) expected += view.rows[i].workload == "tiny.yaml" ? 1 : 0;
  ASSERT_EQ(results.size(), expected);
  EXPECT_EQ(results.front().architecture.find("clock_ghz"), std::string::npos) << "all have the same";
  const ProgramResult compared = luqsim("compare --from s.sqlite --workload tiny.yaml -o page");
  EXPECT_EQ(compared.exit_code, 0) << compared.err;
  EXPECT_TRUE(std::filesystem::exists(file("page/index.html")));
  for (const auto& [arguments, message] :
       {std::pair("", "s.sqlite: workload: not given; wanted one of: other.yaml; tiny.yaml"),
        std::pair("--workload none", "workload: none; wanted one of"), std::pair("default", "excludes --from")}) {
    const ProgramResult bad = luqsim(std::string("compare --from s.sqlite ") + arguments);
    EXPECT_EQ(bad.exit_code, 2);
    EXPECT_NE((bad.out + bad.err).find(message), std::string::npos) << bad.err;
  }
}

TEST_F(SweepFolder, HostileDatabases) {
  write("s.yaml", "base: default\nworkloads: [tiny.yaml]\nlist: [{}]\n");
  const auto expect_bad = [&](const std::string& name, const std::string& message) {
    for (const std::string& arguments : {"s.yaml -o " + name, "--show " + name}) {
      const ProgramResult result = sweep(arguments);
      EXPECT_EQ(result.exit_code, 2) << arguments << result.err;
      EXPECT_NE(result.err.find(name + ": " + message), std::string::npos) << arguments << "\n" << result.err;
      EXPECT_EQ(result.out, "");
    }
  };
  write("text.sqlite", std::string(10000, 'x'));
  expect_bad("text.sqlite", "file is not a database; wanted a database of luqsim sweep");
  test::execute(file("other.sqlite"), "CREATE TABLE points (key TEXT)");
  expect_bad("other.sqlite", "a database of another program; wanted");
  ASSERT_EQ(sweep("s.yaml -o newer.sqlite").exit_code, 0);
  test::execute(file("newer.sqlite"), "PRAGMA user_version=99");
  expect_bad("newer.sqlite", "schema version 99, this luqsim has 1; wanted");
  ASSERT_EQ(sweep("s.yaml -o torn.sqlite").exit_code, 0);
  test::execute(file("torn.sqlite"), "DROP TABLE points");
  expect_bad("torn.sqlite", "no such table: points");
  ASSERT_EQ(sweep("s.yaml -o cut.sqlite").exit_code, 0);
  std::filesystem::resize_file(file("cut.sqlite"), 5000);
  expect_bad("cut.sqlite", "");
  expect_bad("no/such/folder.sqlite", "unable to open database file");
  EXPECT_EQ(read("text.sqlite"), std::string(10000, 'x'));
  EXPECT_EQ(sweep("--show none.sqlite").exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(file("none.sqlite")));
}

TEST_F(SweepFolder, BadInput) {
  const auto expect_bad = [&](const std::string& arguments, const std::string& message) {
    const ProgramResult result = sweep(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments << result.err;
    EXPECT_NE(result.err.find(message), std::string::npos) << arguments << "\n" << result.err;
  };
  expect_bad("none.yaml", "none.yaml: cannot be read; wanted a sweep YAML file");
  expect_bad("", "SWEEP or --show");
  write("base.yaml", "base: nothing\nworkloads: [tiny.yaml]\nlist: [{}]\n");
  expect_bad("base.yaml",
             "nothing: no file, and no bundled name; wanted a file or a bundled design: luqsim list designs");
  write("workload.yaml", "base: default\nworkloads: [nothing.yaml]\nlist: [{}]\n");
  expect_bad("workload.yaml", "nothing.yaml");
  write("batch.yaml", "base: default\nworkloads: [{trace: digits-mlp, batch: 3}]\nlist: [{}]\n");
  expect_bad("batch.yaml", "digits-mlp.safetensors: a recorded trace; wanted layers by shape");
  write("key.yaml", "base: default\nworkloads: [tiny.yaml]\ngrid: {array.row: [1]}\n");
  expect_bad("key.yaml", "key.yaml:3:8: unknown key array.row; did you mean array.rows?");
  expect_bad("key.yaml --jobs 0", "--jobs");
  EXPECT_FALSE(std::filesystem::exists(file("sweep.sqlite")));
}

TEST_F(SweepFolder, TheBundledSweepRuns) {
  const ProgramResult result = sweep("array-sizes");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("12 points: 12 run, 0 done before; 0 errors"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace luqsim::sweep
