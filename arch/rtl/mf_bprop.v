// MF-BPROP (arXiv 2112.10769, appendix A.4): product of int4 (UINT4 = 1: uint4) and fp4_e3m0 codes in FP7 [1,4,2] with
// no multiplier: XOR of the signs, sum of the exponents, mantissa selected by the integer. The value is exact for int4.
// A zero is positive. Combinational.
//   a = 4'h9 (-7), g = 4'h7 (64): product = 7'h67 (-448).   a = 4'h8 (-8), g = 4'h7: product = 7'h68 (-512).
//   a = 4'h3, g = 4'h8 (negative zero): product = 7'h00.
module mf_bprop #(
    parameter UINT4 = 0
) (
    input  wire [3:0] a,
    input  wire [3:0] g,
    output wire [6:0] product
);
  wire [6:0] selected;
  fp7_from_int4 #(
      .UINT4(UINT4)
  ) select (
      .code(a),
      .fp7 (selected)
  );
  // e - 1 is added to the exponent field. The largest, 5 + 6, does not carry out.
  wire [3:0] field = selected[5:2] + {1'b0, g[2:0]} - 4'd1;
  wire zero = a == 4'd0 || g[2:0] == 3'd0;
  assign product = zero ? 7'd0 : {selected[6] ^ g[3], field, selected[1:0]};
endmodule
