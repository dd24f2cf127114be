// Integer accumulator of W bits. At a rising clock: clear makes sum 0, else enable adds term (IN <= W bits, two's
// complement). overflow says that the last enabled addition left the range: sum wrapped, or with SATURATE = 1 went to
// the nearest end of the range.
//   W = 16, sum = 16'h7FFF, term = 1: sum = 16'h8000 (SATURATE: 16'h7FFF), overflow = 1.
module int_accumulator #(
    parameter W = 24,
    parameter SATURATE = 0,
    parameter IN = 11
) (
    input  wire                 clk,
    input  wire                 clear,
    input  wire                 enable,
    input  wire signed [IN-1:0] term,
    output reg         [ W-1:0] sum,
    output reg                  overflow
);
  wire [W:0] next = {sum[W-1], sum} + {{W + 1 - IN{term[IN-1]}}, term};
  wire over = next[W] ^ next[W-1];
  wire [W-1:0] bounded = over && SATURATE != 0 ? {next[W], {W - 1{!next[W]}}} : next[W-1:0];
  always @(posedge clk)
    if (clear) begin
      sum <= {W{1'b0}};
      overflow <= 1'b0;
    end else if (enable) begin
      sum <= bounded;
      overflow <= over;
    end
endmodule
