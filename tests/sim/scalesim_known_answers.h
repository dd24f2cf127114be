// Cycles that SCALE-Sim reported: "Total Cycles" less "Stall Cycles" of its COMPUTE_REPORT.csv files. The first of its
// cycles is number 0, so a report is one less than the cycles that passed.
#pragma once
#include <cstdint>
#include <string_view>

namespace luqsim::test {

struct ScaleSimAnswer {
  std::string_view dataflow;
  std::uint64_t rows, cols;  // of the array
  std::uint64_t m, n, k;
  std::uint64_t cycles;
};

inline constexpr ScaleSimAnswer scalesim_answers[] = {
    // scalesim-project/scale-sim-v2, test/general/golden_trace_user_{os,ws,is}/COMPUTE_REPORT.csv: configs/scale.cfg,
    // topologies/GEMM_mnk/test_mnk_input.csv. Total less stalls: 52447 - 42272, 52447 - 41248, 19984 - 5777.
    {"os", 32, 32, 256, 128, 256, 10175},
    {"ws", 32, 32, 256, 128, 256, 11199},
    {"is", 32, 32, 256, 128, 256, 14207},
    // scalesim-project/scale-sim-v2, test/golden_trace/COMPUTE_REPORT.csv: configs/scale.cfg with ws,
    // topologies/conv_nets/alexnet_part.csv. No stalls, as in all rows below.
    {"ws", 32, 32, 3025, 96, 363, 112283},
    // scalesim-project/SCALE-Sim at 2c78b61, edgeTPU_experiment_results/edgeTPU_ws/COMPUTE_REPORT.csv: layers 0, 1, 2,
    // 3, 25, 26, 28 of topologies/MLperf_tiny/vww.csv on configs/edgeTPU.cfg.
    {"ws", 4, 4, 2304, 8, 27, 32395},
    {"ws", 4, 4, 2116, 1, 72, 38267},
    {"ws", 4, 4, 2304, 16, 8, 18511},
    {"ws", 4, 4, 576, 1, 144, 21095},
    {"ws", 4, 4, 1, 1, 2304, 6335},
    {"ws", 4, 4, 9, 256, 256, 77823},
    {"ws", 4, 4, 1, 2, 256, 703},
    // scalesim-project/SCALE-Sim at 958cefa, edgeTPU_fitMobileNet_experiment_results/edgeTPU_ws_MobileNet/
    // COMPUTE_REPORT.csv: layers 0, 2, 24, 26 of topologies/conv_nets/mobilnet_paper.csv on configs/
    // edgeTPU_fitMobileNet.cfg.
    {"ws", 32, 32, 12544, 32, 27, 12637},
    {"ws", 32, 32, 12544, 64, 32, 25275},
    {"ws", 32, 32, 49, 1024, 512, 73215},
    {"ws", 32, 32, 49, 1024, 1024, 146431},
    // yutation/SCALE-SIM_Validation at 2dc79a6, data_matmul6/COMPUTE_REPORT.csv (ws) and COMPUTE_REPORT_is.csv (is):
    // layers 0, 8, 64, 255 of scale_sim_gemm_topology.csv. Its utilization gives the array: 128 x 128.
    {"ws", 128, 128, 128, 128, 128, 509},
    {"ws", 128, 128, 128, 256, 128, 1019},
    {"ws", 128, 128, 256, 128, 128, 637},
    {"ws", 128, 128, 512, 1024, 1024, 57215},
    {"is", 128, 128, 128, 128, 128, 509},
    {"is", 128, 128, 128, 256, 128, 637},
    {"is", 128, 128, 256, 128, 128, 1019},
    {"is", 128, 128, 512, 1024, 1024, 44991},
};

}  // namespace luqsim::test
