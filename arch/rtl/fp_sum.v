// Floating-point accumulator of EXP exponent and MAN mantissa bits. At a rising clock: clear makes sum +0, else enable
// adds term, a float of the same format, with fp_add.
//   EXP = 5, MAN = 10, sum = 16'h7BFF (65504), term = 16'h4C00 (16): sum = 16'h7C00 (tie, to infinity).
module fp_sum #(
    parameter EXP = 8,
    parameter MAN = 23
) (
    input  wire             clk,
    input  wire             clear,
    input  wire             enable,
    input  wire [EXP+MAN:0] term,
    output reg  [EXP+MAN:0] sum
);
  wire [EXP+MAN:0] next;
  fp_add #(
      .EXP(EXP),
      .MAN(MAN)
  ) add (
      .a  (sum),
      .b  (term),
      .sum(next)
  );
  always @(posedge clk)
    if (clear) sum <= {1 + EXP + MAN{1'b0}};
    else if (enable) sum <= next;
endmodule
