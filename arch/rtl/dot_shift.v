// Dot product of N (a power of two) int4 by fp4_e3m0 codes a clock: N shift_mul, one adder_tree, one int_accumulator
// of W bits (W >= 11 + log2(N)). Element i is a[4*i +: 4], g[4*i +: 4]. Clear, enable, sum and overflow are
// int_accumulator's; the tree's sum is one addition.
//   N = 2, a = 8'h97 (7, -7), g = 8'h17 (64, 1): sum += 441.
module dot_shift #(
    parameter N = 16,
    parameter W = 24,
    parameter SATURATE = 0
) (
    input  wire           clk,
    input  wire           clear,
    input  wire           enable,
    input  wire [4*N-1:0] a,
    input  wire [4*N-1:0] g,
    output wire [  W-1:0] sum,
    output wire           overflow
);
  localparam TERM = 11 + $clog2(N);
  wire [11*N-1:0] products;
  genvar i;
  generate
    for (i = 0; i < N; i = i + 1) begin : lane
      shift_mul multiply (
          .a(a[4*i+:4]),
          .g(g[4*i+:4]),
          .product(products[11*i+:11])
      );
    end
  endgenerate
  wire signed [TERM-1:0] term;
  adder_tree #(
      .N (N),
      .IN(11)
  ) tree (
      .terms(products),
      .sum  (term)
  );
  int_accumulator #(
      .W(W),
      .SATURATE(SATURATE),
      .IN(TERM)
  ) accumulate (
      .clk(clk),
      .clear(clear),
      .enable(enable),
      .term(term),
      .sum(sum),
      .overflow(overflow)
  );
endmodule
