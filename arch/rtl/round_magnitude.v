// significand * 2^(exponent - 23) as the magnitude code of a small float: EXP exponent bits of BIAS, MAN mantissa bits,
// subnormals; to nearest even, saturating at code MAX. The significand has its leading bit set, or is that of a number
// that counts as subnormal (exponent <= 1 - BIAS), or is zero with exponent <= 1 - BIAS. Combinational.
//   EXP = 2, MAN = 1, BIAS = 1, MAX = 7 (fp4_e2m1): significand = 24'hA00000, exponent = 1 (2.5): code = 3'h4 (2, tie).
//   exponent = -2, significand = 24'h800001: code = 3'h1 (0.5).   exponent = 3: code = 3'h7 (6).
module round_magnitude #(
    parameter EXP  = 2,
    parameter MAN  = 1,
    parameter BIAS = 1,
    parameter MAX  = 7
) (
    input  wire        [       23:0] significand,
    input  wire signed [        9:0] exponent,
    output wire        [EXP+MAN-1:0] code
);
  localparam BITS = EXP + MAN;
  // Field less one; negative: a subnormal, to be shifted right by as much. From MAN + 2 on it is less than half.
  localparam REBIAS = BIAS - 1;
  wire signed [9:0] place = exponent + REBIAS[9:0];
  wire [9:0] excess = -place;
  wire subnormal = place[9];
  wire lost = subnormal && excess > MAN[9:0] + 10'd1;
  localparam STAGES = $clog2(MAN + 2);
  // The leading bit and the mantissa; below them a guard bit, one for all the rest, and room for the shift.
  wire [2*MAN+3:0] kept = {significand[23-:MAN+1], significand[22-MAN], |significand[21-MAN:0], {MAN + 1{1'b0}}};
  wire [2*MAN+3:0] fixed = kept >> (subnormal ? excess[STAGES-1:0] : {STAGES{1'b0}});
  wire up = fixed[MAN+2] && (fixed[MAN+3] || |fixed[MAN+1:0]);
  // The leading 1 adds one to the field, and so does a mantissa that rounds up to 2.
  wire [BITS:0] rounded = {1'b0, subnormal ? {EXP{1'b0}} : place[EXP-1:0], {MAN{1'b0}}} +
      {{EXP{1'b0}}, fixed[2*MAN+3:MAN+3]} + {{BITS{1'b0}}, up};
  wire over = !subnormal && (|place[8:EXP] || rounded > MAX[BITS:0]);
  assign code = lost ? {BITS{1'b0}} : over ? MAX[BITS-1:0] : rounded[BITS-1:0];
endmodule
