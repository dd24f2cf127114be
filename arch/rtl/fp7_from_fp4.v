// Casts an fp4_e3m0 code (sign, e: 2^(e-1), zero for e = 0) to FP7 [1,4,2], whose bias is the same: exact. Zero is
// positive. Combinational.
//   code = 4'h7 (64): 7'h1C.   4'h9 (-1): 7'h44.   4'h8 (negative zero): 7'h00.
module fp7_from_fp4 (
    input  wire [3:0] code,
    output wire [6:0] fp7
);
  assign fp7 = {code[3] && code[2:0] != 3'd0, 1'b0, code[2:0], 2'b00};
endmodule
