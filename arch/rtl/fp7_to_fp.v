// A FP7 [1,4,2] code that is zero or normal as a float of EXP exponent and MAN mantissa bits: exact. EXP >= 5 and
// MAN >= 2. Combinational.
//   EXP = 8, MAN = 23, code = 7'h67 (-448): value = 32'hC3E00000.   code = 7'h40: value = 32'h80000000.
module fp7_to_fp #(
    parameter EXP = 8,
    parameter MAN = 23
) (
    input  wire [      6:0] code,
    output wire [EXP+MAN:0] value
);
  // The bias goes from 1 to 2^(EXP-1) - 1.
  localparam REBIAS = (1 << (EXP - 1)) - 2;
  wire [EXP-1:0] field = {{EXP - 4{1'b0}}, code[5:2]} + REBIAS[EXP-1:0];
  wire [MAN+1:0] mantissa = {code[1:0], {MAN{1'b0}}};
  wire unused_bits = &mantissa[1:0];
  assign value = {code[6], code[5:2] == 4'd0 ? {EXP{1'b0}} : field, mantissa[MAN+1:2]};
endmodule
